public import Files
internal import Manifests

/// Models that lie in a folder as single files, such as `*.gguf`, each perhaps with a `.sha256`
/// file beside it.
public struct PlainFiles: Sendable {
    /// One file.
    public struct File: Sendable {
        /// Its name.
        public let name: Path
        /// Its length.
        public let sizeBytes: UInt64
        /// When it was changed last.
        public let modified: Moment
        /// Whether a `.sha256` file or the folder's manifest states its digest.
        public let isStated: Bool
    }

    /// In order of name.
    public private(set) var files: [File] = []
    /// Files that are gone and that a `.sha256` file still tells of.
    public private(set) var missing: [Path] = []

    /// Whether there is anything to show.
    public var isEmpty: Bool { files.isEmpty && missing.isEmpty }

    /// Looks at the files of a folder that are neither hidden nor ours; no content but that of a
    /// manifest is read.
    ///
    /// - Parameters:
    ///   - folder: The folder.
    ///   - pattern: Which files; nil for all.
    /// - Throws: ``ModelError``.
    public init(in folder: ModelFolder, _ pattern: Glob?) throws(ModelError) {
        let root = try folder.open()
        let names = try ModelError.doing("list the files") { () throws(FileError) in
            Set(try root.names())
        }
        let own = [VersionManifest.fileName, folder.settings.readyFile, folder.settings.link]
        let listed = names.contains(VersionManifest.fileName)
        let manifest = listed ? try VersionManifest.read(in: root, Path(".")) : nil
        let stated = Set((manifest?.lines ?? []).map(\.path.normalized))
        for name in names.sorted() where !own.contains(name) && name.bytes.first != .dot {
            if let owner = ChecksumSidecar.owner(of: name) {
                let isWanted = pattern?.matches(owner) ?? true
                if isWanted, !names.contains(owner) { missing.append(owner) }
                continue
            }
            guard pattern?.matches(name) ?? true, let status = try? root.status(name),
                status.kind == .file
            else { continue }
            let sidecar = name.adding(suffix: ChecksumSidecar.suffix)
            files.append(
                File(
                    name: name,
                    sizeBytes: status.sizeBytes,
                    modified: Moment(nanoseconds: status.modifiedNanoseconds),
                    isStated: names.contains(sidecar) || stated.contains(name)
                )
            )
        }
    }

    /// One of the files alone.
    ///
    /// - Parameter name: Its name.
    /// - Returns: Nil where there is none of that name.
    public func only(_ name: Path) -> PlainFiles? {
        var one = self
        one.files = files.filter { $0.name == name }
        one.missing = missing.filter { $0 == name }
        return one.isEmpty ? nil : one
    }
}
