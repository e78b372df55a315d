public import Files
public import Models

/// A model folder as a source: as a rule only versions that are ready take part, and what is in use
/// is stated beside the files.
public struct ModelTree: Sendable, Equatable {
    private let folder: ModelFolder
    private var unfinished: [Path: String] = [:]

    /// Whether versions that are not ready take part too: before a restore all must be kept that
    /// it may replace.
    public var takesUnfinished = false
    /// The link's name.
    public let link: String
    /// The version in use.
    public private(set) var current: String?
    /// The version that served well before.
    public private(set) var lastGood: String?
    /// The versions that are ready, in order of creation.
    public private(set) var ready: [String] = []

    /// Versions that do not take part, with the reason for each.
    public var leftOut: [(path: Path, reason: String)] {
        unfinished.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Names a folder; nothing is opened.
    ///
    /// - Parameter folder: The model folder.
    public init(_ folder: ModelFolder) {
        self.folder = folder
        link = folder.settings.link.description
    }

    /// Looks at the versions, once before a capture.
    ///
    /// - Throws: ``CaptureError`` with `source`.
    public mutating func look() throws(CaptureError) {
        do throws(ModelError) {
            let versions = try folder.versions()
            for version in versions {
                switch version.state {
                case .ready: ready.append(version.name)
                case .incomplete where takesUnfinished: continue
                case .incomplete(let why): unfinished[Path(version.name)] = why
                // Its bytes may be all that is left: it is kept, and said.
                case .damaged: ready.append(version.name)
                }
            }
            current = try folder.current().version
            lastGood = try folder.lastGood(among: versions, besides: current)
        } catch {
            throw CaptureError(code: .source, message: error.message)
        }
    }

    /// Whether a path takes no part: an unfinished version, or the folder's own journal.
    ///
    /// - Parameter path: From the model folder.
    /// - Returns: The verdict.
    public func leavesOut(_ path: Path) -> Bool {
        guard let first = path.components.first else { return false }
        return unfinished[first] != nil || first == Self.journalFolder
    }

    /// Whether a file is made by whoever keeps the versions, and is none of a model's own.
    ///
    /// - Parameter path: From the model folder.
    /// - Returns: True for the pointer file, the manifests and the ready marks.
    func isOwn(_ path: Path) -> Bool {
        let parts = path.components
        if parts.count == 1 { return path == folder.settings.link }
        let inside = Path(bytes: Array(path.bytes.dropFirst(parts[0].bytes.count + 1)))
        return inside == VersionManifest.fileName || inside == folder.settings.readyFile
    }

    private static let journalFolder = Path(".recover")

    /// Whether two are about the same folder.
    public static func == (left: ModelTree, right: ModelTree) -> Bool {
        left.folder.settings.path == right.folder.settings.path
    }
}
