public import Files
internal import FoundationEssentials
internal import Manifests
public import Threads

/// Captures the collections of a Qdrant: each shard as an archive that any Qdrant can load, and
/// beside it what those archives leave out.
///
/// In the tree of the component, names of collections escaped as in a URL:
/// ```
/// aliases.json                      all aliases
/// collections/NAME/collection.json  parameters, payload schema, shard keys, aliases
/// collections/NAME/shard-N.tar      the archive
/// collections/NAME/shard-N.tar.json how it was taken, and the base of the next increment
/// collections/NAME/state.json       exact counts before and after
/// server.json                       version and nodes
/// ```
/// A collection that fails leaves the others, and the snapshot says that it is incomplete.
public struct QdrantCapture {
    private let source: QdrantSource
    private let cancellation: Cancellation
    private let owner: FileStatus
    private var nodes: [QdrantClient] = []
    private var report = CaptureReport()
    private var parent = QdrantParent()

    /// Prepares a capture without asking anything.
    ///
    /// - Parameters:
    ///   - source: Server and collections.
    ///   - cancellation: Ends waiting and transfers.
    ///   - owner: Of a file of ours; restored files are owned likewise.
    public init(
        _ source: QdrantSource,
        cancellation: Cancellation,
        owner: FileStatus
    ) {
        self.source = source
        self.cancellation = cancellation
        self.owner = owner
    }

    /// Captures everything.
    ///
    /// - Parameter sink: Where it goes.
    /// - Returns: What was left out, and why.
    /// - Throws: ``CaptureError``; `source` where nothing could be captured.
    public mutating func run(into sink: any CaptureSink) throws(CaptureError) -> CaptureReport {
        if let fault = source.fault {
            throw CaptureError(code: .source, message: "component \(source.name): \(fault)")
        }
        nodes = try asking { () throws(QdrantError) in
            var nodes: [QdrantClient] = []
            for node in source.nodes {
                nodes.append(try QdrantClient(node, cancellation: cancellation))
            }
            return nodes
        }
        parent = try QdrantParent(sink)
        let node = nodes[0]
        let version = try asking { () throws(QdrantError) in try node.version() }
        let aliases = try asking { () throws(QdrantError) in try node.aliases() }
        let names = try chosen(aliases)
        try add(aliases, at: Path("aliases.json"), to: sink)
        let paths = names.map {
            (name: $0, folder: Path("collections").appending(Path(QdrantClient.escaped($0))))
        }
        var captured = 0
        for (name, folder) in paths.sorted(by: { $0.folder < $1.folder }) {
            do throws(CaptureError) {
                let others = aliases.filter { $0.collectionName == name }.map(\.aliasName)
                try capture(name, folder, others, version, into: sink)
                captured += 1
            } catch {
                guard error.code == .source else { throw error }
                note("collection", "\(name): \(error.message)", at: folder, .incomplete)
            }
        }
        if captured == 0, !names.isEmpty {
            throw CaptureError(
                code: .source,
                message: "component \(source.name): "
                    + report.problems.map(\.message).joined(separator: "; ")
            )
        }
        let cluster = try asking { () throws(QdrantError) in try node.cluster() }
        try add(ServerRecord(server: version, cluster: cluster), at: Path("server.json"), to: sink)
        return report
    }

    /// The collections to capture; an alias is said and resolved.
    private mutating func chosen(_ aliases: [QdrantAlias]) throws(CaptureError) -> [String] {
        let node = nodes[0]
        let present = try asking { () throws(QdrantError) in try node.collections() }
        guard let wanted = source.collections else { return present }
        var names: Set<String> = []
        for name in wanted {
            if present.contains(name) {
                names.insert(name)
            } else if let alias = aliases.first(where: { $0.aliasName == name }) {
                names.insert(alias.collectionName)
                let what = "\(name) is an alias; captured is its collection \(alias.collectionName)"
                note("alias", what, at: Path(""), .warning)
            } else {
                note("missing", "there is no collection \(name)", at: Path(""), .incomplete)
            }
        }
        if names.isEmpty {
            throw CaptureError(
                code: .source,
                message:
                    "component \(source.name): none of its collections is at \(source.address.url)"
            )
        }
        return names.sorted()
    }

    private mutating func capture(
        _ name: String,
        _ folder: Path,
        _ aliases: [String],
        _ version: QdrantVersion,
        into sink: any CaptureSink
    ) throws(CaptureError) {
        let node = nodes[0]
        let info = try asking { () throws(QdrantError) in try node.collection(name) }
        let probe = CollectionProbe(node: node, collection: name)
        let before = try probe.look()
        let old = parent.record(StateRecord.self, at: folder.appending("state.json"))
        let isForeign = probe.isForeign(before, since: old)
        let places = try locate(name, folder)
        let record = CollectionRecord(
            name: name,
            aliases: aliases,
            config: info["config"] ?? .null,
            payloadSchema: Self.schema(info["payload_schema"]),
            shardCount: places.count,
            shardKeys: Dictionary(
                uniqueKeysWithValues: places.compactMap { place in
                    place.key.map { ("\(place.shard)", $0) }
                }
            )
        )
        try add(record, at: folder.appending("collection.json"), to: sink)
        for place in places.sorted(by: { "\($0.shard)" < "\($1.shard)" }) {
            let path = folder.appending(Path("shard-\(place.shard).tar"))
            let lineage = try isForeign ? nil : parent.lineage(path, from: sink)
            let capture = ShardCapture(
                collection: name,
                place: place,
                path: path,
                version: version,
                method: source.method,
                owner: owner,
                lineage: lineage,
                isSampleEqual: { () throws(CaptureError) in
                    probe.isSame(try probe.look(), as: old)
                }
            )
            let shard = try capture.run(into: sink) { (attempt) in
                place.node.wait(attempt)
                return cancellation.reason == nil
            }
            guard let shard else { continue }
            try add(shard, at: path.adding(suffix: ".json"), to: sink)
        }
        var state = try probe.look()
        state.countBefore = before.countAfter
        if state.countBefore != state.countAfter { state.proof = "window" }
        if state.sample != before.sample { state.sample = nil }
        if case .text(let status)? = info["status"] { state.status = status }
        try add(state, at: folder.appending("state.json"), to: sink)
    }

    /// For each shard one node that has it and says that it is whole.
    private mutating func locate(
        _ name: String,
        _ folder: Path
    ) throws(CaptureError) -> [ShardPlace] {
        var places: [Int: ShardPlace] = [:]
        var known: Set<Int> = []
        for (number, node) in nodes.enumerated() {
            if number > 0, known.isSubset(of: Set(places.keys)) { break }
            let shards = try asking { () throws(QdrantError) in try node.shards(of: name) }
            known.formUnion(shards.localShards.map(\.shardID) + shards.remoteShards.map(\.shardID))
            if number == 0,
                !shards.shardTransfers.isEmpty
                    || shards.reshardingOperations?.isEmpty == false
            {
                note("moving", "\(name): shards are being moved", at: folder, .warning)
            }
            for shard in shards.localShards
            where shard.state == "Active" && places[shard.shardID] == nil {
                places[shard.shardID] = ShardPlace(
                    shard: shard.shardID,
                    key: shard.shardKey,
                    peer: shards.peerID,
                    node: node
                )
            }
        }
        guard let missing = known.subtracting(places.keys).min() else {
            return Array(places.values)
        }
        throw CaptureError(
            code: .source,
            message: "shard \(missing) is active on no node that we were told of; "
                + "name the other nodes under peers"
        )
    }

    /// The indexed fields without the number of points, which is no part of the schema.
    private static func schema(_ value: JSONValue?) -> JSONValue {
        guard case .object(let fields)? = value else { return .object([:]) }
        return .object(
            fields.mapValues { field in
                guard case .object(var parts) = field else { return field }
                parts["points"] = nil
                return .object(parts)
            }
        )
    }

    private func add(
        _ value: some Encodable,
        at path: Path,
        to sink: any CaptureSink
    ) throws(CaptureError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        guard let data = try? encoder.encode(value) else {
            preconditionFailure("a record that cannot be written")
        }
        let text = Array(data) + [10]
        try sink.add(
            Self.entry(path, owner),
            streamed: { (content) throws(CaptureError) in
                var failure: CaptureError?
                unsafe text.withUnsafeBytes { bytes in
                    do throws(CaptureError) {
                        try unsafe content.keep(bytes)
                    } catch {
                        failure = error
                    }
                }
                if let failure { throw failure }
            }
        )
    }

    /// The entry of a file that only we made.
    static func entry(_ path: Path, _ owner: FileStatus) -> FileEntry {
        var entry = FileEntry(path: path, kind: .file)
        entry.mode = 0o600
        entry.userID = owner.userID
        entry.groupID = owner.groupID
        entry.modifiedNanoseconds = Moment.now.nanoseconds
        return entry
    }

    private mutating func note(
        _ code: String,
        _ message: String,
        at path: Path,
        _ weight: CaptureReport.Problem.Weight
    ) {
        report.note(.init(code: code, path: "\(path)", message: message, weight: weight))
    }

    private func asking<Result>(
        _ body: () throws(QdrantError) -> Result
    ) throws(CaptureError) -> Result {
        do throws(QdrantError) {
            return try body()
        } catch {
            throw ShardCapture.error(error)
        }
    }
}

/// A shard, and the node that it is taken from.
struct ShardPlace {
    let shard: Int
    let key: JSONValue?
    let peer: UInt64
    let node: QdrantClient
}
