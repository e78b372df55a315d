public import Files
internal import FoundationEssentials
internal import Manifests
public import Threads
internal import Transfers

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
    private let debts: ArchiveDebts
    private var nodes: [QdrantClient] = []
    private var report = CaptureReport()
    private var parent = QdrantParent()

    /// Prepares a capture without asking anything.
    ///
    /// - Parameters:
    ///   - source: Server and collections.
    ///   - cancellation: Ends waiting and transfers.
    ///   - owner: Of a file of ours; restored files are owned likewise.
    ///   - notes: A private folder that is kept between runs.
    public init(
        _ source: QdrantSource,
        cancellation: Cancellation,
        owner: FileStatus,
        notes: Path
    ) {
        self.source = source
        debts = ArchiveDebts(in: notes, of: source.name)
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
        try check(version)
        settleDebts()
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
        // What a server was still making when we began may be there now.
        settleDebts()
        return report
    }

    /// Whether the server can be backed up, and what is to be said of its version.
    private mutating func check(_ version: QdrantVersion) throws(CaptureError) {
        guard version.isAtLeast(1, 5) else {
            throw CaptureError(
                code: .source,
                message: "component \(source.name): \(source.address.url) is Qdrant "
                    + "\(version.version); shards can be archived from 1.5.0 on"
            )
        }
        let isStreamed =
            source.method == .stream ? version.isAtLeast(1, 12) : version.isAtLeast(1, 17)
        if isStreamed, !version.isAtLeast(1, 18, 2) {
            let text =
                "Qdrant \(version.version): a connection that stalls while a shard is streamed "
                + "blocks that shard until the server is restarted; from 1.18.2 on for 5 minutes"
            note("stall", text, at: Path(""), .warning)
        }
    }

    /// Deletes what killed runs left on the servers.
    private mutating func settleDebts() {
        for text in debts.settle(at: nodes)
        where !report.problems.contains(where: { $0.message == text }) {
            note("left", text, at: Path(""), .warning)
        }
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
        let places = try locate(name, folder, info["config"])
        let probe = CollectionProbe(
            node: node,
            collection: name,
            restores: [name, QdrantSource.everyCollection].flatMap { source.restores[$0] ?? [] }
        )
        let before = try probe.look()
        let old = parent.record(StateRecord.self, at: folder.appending("state.json"))
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
        var runs: [String: Int] = [:]
        for place in places.sorted(by: { "\($0.shard)" < "\($1.shard)" }) {
            let path = Self.path(of: place.shard, in: folder)
            let runsBefore = old?.runs?["\(place.shard)"] ?? 0
            var lineage = try parent.lineage(path, from: sink)
            lineage?.runs = runsBefore
            lineage?.isForeign = probe.isForeign(before, since: old)
            let capture = ShardCapture(
                collection: name,
                place: place,
                path: path,
                version: version,
                method: source.method,
                owner: owner,
                lineage: lineage,
                isSampleEqual: probe.isSame(before, as: old),
                debts: debts
            )
            let outcome = try capture.run(into: sink) { (attempt) in
                place.node.wait(attempt)
                return cancellation.reason == nil
            }
            for text in outcome.warnings { note("shard", text, at: path, .warning) }
            let isWhole = outcome.record.map { $0.method != "partial" } ?? false
            runs["\(place.shard)"] = isWhole ? 0 : runsBefore + 1
            guard let shard = outcome.record else { continue }
            try add(shard, at: path.adding(suffix: ".json"), to: sink)
        }
        var state = try probe.look()
        state.countBefore = before.countAfter
        if state.countBefore != state.countAfter { state.proof = "window" }
        if state.sample != before.sample { state.sample = nil }
        if case .text(let status)? = info["status"] { state.status = status }
        state.runs = runs
        try add(state, at: folder.appending("state.json"), to: sink)
    }

    private static func path(of shard: Int, in folder: Path) -> Path {
        folder.appending(Path("shard-\(shard).tar"))
    }

    private mutating func locate(
        _ name: String,
        _ folder: Path,
        _ config: JSONValue?
    ) throws(CaptureError) -> [ShardPlace] {
        let locator = ShardLocator(
            nodes: nodes,
            collection: name,
            pointBytes: ShardLocator.pointBytes(config),
            lastPeer: { [parent] in parent.shard(Self.path(of: $0, in: folder))?.peer },
            isStopped: { [cancellation] in cancellation.reason != nil }
        )
        let (places, isMoving) = try locator.locate()
        if isMoving {
            note("moving", "\(name): shards are still being moved", at: folder, .warning)
        }
        return Array(places.values)
    }

    /// The indexed fields without the number of points, which is no part of the schema.
    static func schema(_ value: JSONValue?) -> JSONValue {
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
        try sink.add(
            .ours(path, owner),
            streamed: { (content) throws(CaptureError) in try content.keep(Array(data) + [10]) }
        )
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

extension FileEntry {
    /// A file that only we made.
    static func ours(_ path: Path, _ owner: FileStatus) -> FileEntry {
        var entry = FileEntry(path: path, kind: .file)
        entry.mode = 0o600
        entry.userID = owner.userID
        entry.groupID = owner.groupID
        entry.modifiedNanoseconds = Moment.now.nanoseconds
        return entry
    }
}
