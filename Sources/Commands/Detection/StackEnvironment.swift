internal import Files

/// The env files of a stack: which there are, and what the chosen one holds.
///
/// Values serve to find paths; they are never printed or kept.
struct StackEnvironment {
    static let names = [".env", ".env.prod", ".env.production"]
    static let sampleNames = [".env.sample", ".env.example"]

    /// The file in use, absolute.
    let file: Path?
    /// The other env files.
    let others: [Path]
    /// The list of keys that belongs to it.
    let sample: Path?
    /// What it holds.
    let values: [String: String]

    /// Looks in folders.
    ///
    /// - Parameters:
    ///   - folders: The likeliest first.
    ///   - tagKey: The variable that tags the images: a file that sets it is preferred.
    init(in folders: [Path], tagKey: String? = nil) {
        func present(_ names: [String]) -> [Path] {
            folders.flatMap { folder in names.map(folder.appending) }.filter {
                (try? FileStatus(of: $0, following: true))?.kind == .file
            }
        }
        let read = present(Self.names).map { (path: $0, values: Self.values(of: $0)) }
        let best = read.first { file in tagKey.map { file.values[$0] != nil } ?? false } ?? read.first
        file = best?.path
        values = best?.values ?? [:]
        others = read.map(\.path).filter { $0 != best?.path }
        sample = present(Self.sampleNames).first
    }

    private static func values(of file: Path) -> [String: String] {
        guard let bytes = try? OpenFile(file, .read).readAll(limitBytes: 1 << 20) else { return [:] }
        return EnvironmentFile.values(in: String(decoding: bytes, as: UTF8.self))
    }

    /// Whether others than its owner may read the file in use.
    var isReadableByOthers: Bool {
        guard let file, let status = try? FileStatus(of: file, following: true) else { return false }
        return status.mode & 0o077 != 0
    }
}
