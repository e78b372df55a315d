internal import Deployments
internal import Files

/// The env files of a stack: which there are, and what the chosen one holds.
///
/// Values serve to find paths; they are never printed or kept.
struct StackEnvironment {
    static let names = [".env", ".env.prod", ".env.production"]
    static let sampleNames = [".env.sample", ".env.example"]

    /// What was found, the file in use first.
    private var files: [(path: Path, values: [String: String])]
    /// The list of keys that belongs to it.
    let sample: Path?

    /// The file in use, absolute.
    var file: Path? { files.first?.path }
    /// The other env files.
    var others: [Path] { files.dropFirst().map(\.path) }
    /// What the file in use holds.
    var values: [String: String] { files.first?.values ?? [:] }

    /// Looks in folders.
    ///
    /// - Parameter folders: The likeliest first.
    init(in folders: [Path]) {
        func present(_ names: [String]) -> [Path] {
            folders.flatMap { folder in names.map(folder.appending) }.filter {
                (try? FileStatus(of: $0, following: true))?.kind == .file
            }
        }
        files = present(Self.names).map { ($0, Self.values(of: $0)) }
        sample = present(Self.sampleNames).first
    }

    /// Prefers the first file that sets a variable.
    ///
    /// - Parameter key: The variable, such as the one that tags the images.
    /// - Returns: Whether another file is in use now.
    mutating func prefer(fileSetting key: String) -> Bool {
        guard let index = files.firstIndex(where: { $0.values[key] != nil }), index > 0 else {
            return false
        }
        files.insert(files.remove(at: index), at: 0)
        return true
    }

    private static func values(of file: Path) -> [String: String] {
        guard let bytes = try? OpenFile(file, .read).readAll(limitBytes: 1 << 20) else {
            return [:]
        }
        return EnvironmentFile.values(in: String(decoding: bytes, as: UTF8.self))
    }

    /// Whether others than its owner may read the file in use.
    var isReadableByOthers: Bool {
        guard let file, let status = try? FileStatus(of: file, following: true) else {
            return false
        }
        return status.mode & 0o077 != 0
    }
}
