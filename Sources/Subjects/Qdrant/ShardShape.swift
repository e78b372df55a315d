public import Archiving
internal import FoundationEssentials

/// What an archive of a shard holds, gathered while it flows by: enough to prove it complete.
///
/// Qdrant does not: a stream that breaks off on the server ends like a whole one, and a shorter
/// archive is loaded as a smaller shard.
public final class ShardShape: TarObserver {
    static let manifestName = "segment_manifest.json"

    /// The segments as the archive's own manifests describe them, by UUID.
    public private(set) var manifests: [String: QdrantSegment] = [:]
    /// The files of each segment, by UUID.
    public private(set) var files: [String: Set<String>] = [:]
    /// The number of the shard's next operation, from the name of its log.
    public private(set) var nextOperation: UInt64?
    /// Files of RocksDB are among those of a segment, which no server from 1.18 on reads.
    public private(set) var hasRocksDB = false
    private var hasLog = false
    private var tops: Set<String> = []
    /// The segment whose archive is open.
    private var nested: String?

    /// Nothing seen yet.
    public init() {}

    /// Keeps all but the manifests: with them an archive cannot be loaded as a whole shard.
    ///
    /// From an archive that is a member nothing is left out: its length is stated before it.
    public func begins(_ member: TarMember) throws(CaptureError) -> TarChoice {
        let name = member.name
        if member.depth == 0 { nested = nil }
        guard let (segment, file) = place(member) else {
            if member.depth == 0, member.isArchive { nested = Self.segment(ofArchive: name) }
            return .keep
        }
        files[segment, default: []].formUnion(member.kind == .folder ? [] : [file])
        if file != Self.manifestName { return .keep }
        return member.depth == 0 ? .show : .keepAndShow
    }

    /// Notes what is complete.
    public func ended(_ member: TarMember, content: [UInt8]?) throws(CaptureError) {
        let name = member.name
        if let content, let (segment, _) = place(member) {
            let decoder = JSONDecoder()
            guard let manifest = try? decoder.decode(QdrantSegment.self, from: Data(content)),
                manifest.segmentID == segment
            else {
                throw CaptureError(code: .source, message: "\(name) is no manifest of its segment")
            }
            manifests[segment] = manifest
            files[segment]?.remove(Self.manifestName)
        } else if member.depth == 0 {
            note(name)
        }
        if name.contains("db_backup/") { hasRocksDB = true }
    }

    /// What a member is of which segment: in an archive that is one, by the archive's name alone.
    private func place(_ member: TarMember) -> (segment: String, file: String)? {
        switch member.depth {
        case 0: Self.place(member.name, in: nil)
        case 1: nested.flatMap { Self.place(member.name, in: $0) }
        default: nil
        }
    }

    private func note(_ name: String) {
        if name == "wal/" || name.hasPrefix("wal/") { hasLog = true }
        for prefix in ["wal/closed-", "wal/open-"] where name.hasPrefix(prefix) {
            let number = UInt64(name.dropFirst(prefix.count))
            nextOperation = [nextOperation, number].compactMap { $0 }.max()
        }
        if !name.contains("/") { tops.insert(name) }
    }

    /// Adds a file that came from elsewhere.
    func add(_ file: String, to segment: String) {
        files[segment, default: []].insert(file)
    }

    /// Takes manifests that the server gave apart from the archive, and before it.
    ///
    /// Of a segment that was gone when the archive was made nothing can be said, and nothing need
    /// be; what came to be meanwhile is newer than any of them and will be sent again.
    func adopt(_ given: [String: QdrantSegment]) {
        manifests = given.filter { files[$0.key] != nil }
    }

    /// Proves that nothing is missing that the archive itself, or its manifests, promise.
    ///
    /// - Parameter isPromised: Each segment must have a manifest, as in what a server sends as
    ///   changes.
    /// - Throws: ``CaptureError`` with code `source`, which names what is missing.
    public func prove(isPromised: Bool = false) throws(CaptureError) {
        var missing: [String] = []
        for name in ["replica_state.json", "shard_config.json"] where !tops.contains(name) {
            missing.append(name)
        }
        if !hasLog { missing.append("wal/") }
        for (segment, found) in files {
            for name in ["segment.json", "version.info"] where !found.contains(name) {
                missing.append("\(segment)/\(name)")
            }
            if isPromised, manifests[segment] == nil {
                missing.append("\(segment)/\(Self.manifestName)")
            }
        }
        for (segment, manifest) in manifests {
            let found = files[segment] ?? []
            for name in manifest.files where !found.contains(name) {
                missing.append("\(segment)/\(name)")
            }
        }
        guard missing.isEmpty else {
            let names = missing.sorted().prefix(3).joined(separator: ", ")
            throw CaptureError(
                code: .source,
                message: "the archive is not complete: \(missing.count) files are missing: \(names)"
            )
        }
    }

    /// The segment and the file in it that a name stands for, in either layout.
    static func place(_ name: String, in nested: String?) -> (segment: String, file: String)? {
        if let nested {
            guard let file = name.behind("snapshot/files/") ?? name.behind("snapshot/") else {
                return nil
            }
            return (nested, file)
        }
        guard let rest = name.behind("segments/"), let slash = rest.firstIndex(of: "/") else {
            return nil
        }
        let segment = String(rest[..<slash])
        let file = String(rest[rest.index(after: slash)...])
        return file.isEmpty ? nil : (segment, file.behind("files/") ?? file)
    }

    /// The segment whose archive a member is.
    static func segment(ofArchive name: String) -> String? {
        guard let file = name.behind("segments/"), file.hasSuffix(".tar") else { return nil }
        return String(file.dropLast(4))
    }
}

extension String {
    /// What follows a prefix; nil where there is none.
    func behind(_ prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
