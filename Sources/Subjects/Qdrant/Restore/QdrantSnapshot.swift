internal import Files
internal import FoundationEssentials
public import Manifests

/// What a snapshot holds of a Qdrant, ready to be brought back.
public struct QdrantSnapshot {
    /// Gives the content of a file of the snapshot.
    public typealias Opening = (FileEntry) throws(CaptureError) -> any KeptContent

    private static let recordBytes: UInt64 = 4 << 20

    /// The version of the server that it was taken from.
    public let server: QdrantVersion
    /// The collections of which everything is there, by name.
    public private(set) var collections: [KeptCollection] = []
    /// What is missing of the others, by name.
    public private(set) var faults: [String: String] = [:]
    /// How many points all collections had together.
    public var pointCount: UInt64 {
        collections.reduce(0) { $0.plus($1.pointCounts.lowerBound) }
    }
    private let files: [String: FileEntry]
    private let open: Opening

    /// Reads the records; archives are not looked into.
    ///
    /// - Parameters:
    ///   - entries: The tree of the component.
    ///   - open: Gives the content of one of its files.
    /// - Throws: ``QdrantRestoreError`` with code `damaged` where it is no tree of a Qdrant.
    public init(
        _ entries: [FileEntry],
        open: @escaping Opening
    ) throws(QdrantRestoreError) {
        var files: [String: FileEntry] = [:]
        for entry in entries where entry.kind == .file { files["\(entry.path)"] = entry }
        self.files = files
        self.open = open
        server = try Self.record(ServerRecord.self, "server.json", files, open).server
        for folder in Set(files.keys.compactMap(Self.folder)).sorted() {
            do throws(QdrantRestoreError) {
                collections.append(try collection(folder))
            } catch {
                guard error.code == .damaged else { throw error }
                faults[Self.unescaped(folder)] = error.message
            }
        }
    }

    /// A collection by its name or by an alias that it had.
    ///
    /// - Parameter name: Either.
    /// - Returns: The collection.
    /// - Throws: ``QdrantRestoreError``; `damaged` where something of it is missing.
    func collection(named name: String) throws(QdrantRestoreError) -> KeptCollection {
        if let found = collections.first(where: { $0.name == name })
            ?? collections.first(where: { $0.record.aliases.contains(name) })
        {
            return found
        }
        if let fault = faults[name] {
            throw QdrantRestoreError(.damaged, "the snapshot holds only part of \(name): \(fault)")
        }
        let names = collections.map(\.name).joined(separator: ", ")
        throw QdrantRestoreError(
            .notFound,
            "the snapshot holds no collection \(name); it holds \(names.isEmpty ? "none" : names)"
        )
    }

    /// Proves that there is all of a collection.
    ///
    /// - Parameter name: Its name.
    /// - Throws: ``QdrantRestoreError`` that says what is missing.
    public func prove(_ name: String) throws(QdrantRestoreError) {
        _ = try collection(named: name)
    }

    private func collection(_ folder: String) throws(QdrantRestoreError) -> KeptCollection {
        let place = "collections/\(folder)"
        let record = try record(CollectionRecord.self, "\(place)/collection.json")
        let state = try self.record(StateRecord.self, "\(place)/state.json")
        var shards: [KeptShard] = []
        for path in files.keys.sorted()
        where path.hasPrefix(place + "/shard-") && path.hasSuffix(".tar.json") {
            let shard = try self.record(ShardRecord.self, path)
            let archive = String(path.dropLast(5))
            guard let entry = files[archive], let digest = entry.digest else {
                throw QdrantRestoreError(.damaged, "\(archive) is missing")
            }
            let open = self.open
            shards.append(
                KeptShard(
                    record: shard,
                    digest: digest,
                    sizeBytes: entry.sizeBytes,
                    open: { () throws(CaptureError) in try open(entry) }
                )
            )
        }
        guard Set(shards.map(\.number)).count == record.shardCount else {
            throw QdrantRestoreError(
                .damaged,
                "it has \(record.shardCount) shards, and archives of \(shards.count)"
            )
        }
        shards.sort { $0.number < $1.number }
        return KeptCollection(record: record, state: state, shards: shards)
    }

    private func record<Record: Decodable>(
        _ type: Record.Type,
        _ path: String
    ) throws(QdrantRestoreError) -> Record {
        try Self.record(type, path, files, open)
    }

    private static func record<Record: Decodable>(
        _ type: Record.Type,
        _ path: String,
        _ files: [String: FileEntry],
        _ open: Opening
    ) throws(QdrantRestoreError) -> Record {
        guard let entry = files[path], entry.sizeBytes <= recordBytes else {
            throw QdrantRestoreError(.damaged, "\(path) is missing")
        }
        let bytes = try fetching { () throws(CaptureError) in
            try open(entry).read(0..<entry.sizeBytes)
        }
        guard let record = try? JSONDecoder().decode(type, from: Data(bytes)) else {
            throw QdrantRestoreError(.damaged, "\(path) cannot be read")
        }
        return record
    }

    private static func folder(_ path: String) -> String? {
        let parts = path.split(separator: "/")
        return parts.count == 3 && parts[0] == "collections" ? String(parts[1]) : nil
    }

    /// The name that a folder stands for.
    private static func unescaped(_ folder: String) -> String {
        var bytes: [UInt8] = []
        var rest = folder.utf8[...]
        while let first = rest.popFirst() {
            guard first == UInt8(ascii: "%"),
                let byte = UInt8(String(rest.prefix(2)) ?? "", radix: 16)
            else {
                bytes.append(first)
                continue
            }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
