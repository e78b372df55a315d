internal import Deduplication
internal import Files

/// The snapshots that unfinished operations name in their notes.
enum UsedSnapshots {
    private static let noteBytesLimit: UInt64 = 1 << 20
    /// How the notes of restores begin; an operation over services refuses a prune itself.
    private static let prefixes = ["restore-", "server-restore-"]

    /// Looks through the notes.
    ///
    /// - Returns: The notes' names by snapshot.
    static func find(
        _ configuration: Configuration,
        environment: [String: String]
    ) -> [String: [String]] {
        let path = StateFolder.place(configuration, environment: environment)
        guard let folder = try? Directory(path), let names = try? folder.names() else { return [:] }
        var found: [String: [String]] = [:]
        for name in names where prefixes.contains(where: name.description.hasPrefix) {
            guard let status = try? folder.status(name), status.kind == .file,
                status.sizeBytes <= noteBytesLimit,
                let bytes = try? folder.open(name, .read).readAll(limitBytes: Int(noteBytesLimit))
            else { continue }
            for id in ids(in: bytes + [0] + name.bytes) {
                found[id, default: []].append(name.description)
            }
        }
        return found
    }

    /// Whatever looks like a snapshot's name.
    private static func ids(in bytes: [UInt8]) -> Set<String> {
        var found: Set<String> = []
        let length = 21
        var index = 0
        while index + length <= bytes.count {
            defer { index += 1 }
            guard bytes[index + 8] == 0x54, bytes[index + 15] == 0x5A else { continue }
            let text = String(decoding: bytes[index..<(index + length)], as: UTF8.self)
            if SnapshotID(text) != nil { found.insert(text) }
        }
        return found
    }
}
