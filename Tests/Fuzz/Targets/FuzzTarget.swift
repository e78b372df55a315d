/// What no input may bring about.
struct Violation: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Every parser that reads what somebody else may have written.
///
/// A target takes any bytes. It may refuse them, but never crash, hang or grow without bound, and
/// what it accepts must keep the promises that its check names.
enum FuzzTarget: String, CaseIterable, Sendable {
    /// Manifest parts and lists of extents.
    case manifest
    /// Lists of `sha256sum`.
    case checksums
    /// Index segments.
    case index
    /// Packs: listed, listed by their end alone, and salvaged.
    case pack
    /// Snapshot files, and what the views make of them.
    case snapshot
    /// `FORMAT`, `config.json` and facts.
    case settings
    /// A whole repository of one component: the input is its manifest.
    case tree
    /// `recover.yaml`, retention policies, compose and env files.
    case yaml
    /// What an import makes of the members of an archive.
    case archive
    /// A tar that flows by, cut and kept, and the shard of a vector database in it.
    case tar
    /// Patterns of paths.
    case glob
    /// The command line.
    case arguments

    /// Reads the input.
    ///
    /// - Throws: ``Violation`` where an accepted input breaks a promise.
    func check(_ input: [UInt8]) throws(Violation) {
        switch self {
        case .manifest: try checkManifest(input)
        case .checksums: try checkChecksums(input)
        case .index: try checkIndex(input)
        case .pack: try checkPack(input)
        case .snapshot: try checkSnapshot(input)
        case .settings: try checkSettings(input)
        case .tree: try checkTree(input)
        case .yaml: try checkYAML(input)
        case .archive: try checkArchive(input)
        case .tar: try checkTar(input)
        case .glob: try checkGlob(input)
        case .arguments: try checkArguments(input)
        }
    }
}

/// Stops where a promise is broken.
func require(_ holds: Bool, _ promise: String) throws(Violation) {
    if !holds { throw Violation(promise) }
}
