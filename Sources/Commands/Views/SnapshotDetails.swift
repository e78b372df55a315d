internal import Deduplication
internal import Deployments
internal import Files

/// Everything a snapshot says about itself, but for the files.
struct SnapshotDetails: Encodable, Sendable {
    struct Part: Encodable, Sendable {
        var name: String
        var outcome: String
        var complete: Bool
        var source: String
        var isMount: Bool
        var consistency: String
        var consistencyReason: String?
        var instantAt: String?
        var startedAt: String
        var finishedAt: String
        var parent: String?
        var files: Int
        var folders: Int
        var links: Int
        var databases: Int
        var specials: Int
        var sizeBytes: UInt64
        var elsewhere: Snapshot.Component.Elsewhere?
        var digest: String
        var problems: [Snapshot.Component.Problem]

        enum CodingKeys: String, CodingKey {
            case name, outcome, complete, source, consistency, parent
            case files, folders, links, databases, elsewhere, specials, digest, problems
            case isMount = "mount"
            case consistencyReason = "consistency_reason"
            case instantAt = "instant_at"
            case startedAt = "started_at"
            case finishedAt = "finished_at"
            case sizeBytes = "size_bytes"
        }

        init(_ name: String, _ component: Snapshot.Component) {
            self.name = name
            outcome = component.outcome
            complete = component.complete
            source = component.source
            isMount = component.mount
            consistency = component.consistency
            consistencyReason = component.consistencyReason
            instantAt = component.instant.flatMap { Int64($0) }.map {
                TimeText.precise(Moment(nanoseconds: $0))
            }
            startedAt = component.startedAt
            finishedAt = component.finishedAt
            parent = component.parent
            files = component.files
            folders = component.folders
            links = component.links
            databases = component.databases
            specials = component.specials
            sizeBytes = component.sizeBytes
            elsewhere = component.elsewhere
            digest = component.digest
            problems = component.problems
        }
    }

    var summary: SnapshotSummary
    var seq: Int
    var stack: String
    var host: String
    var tool: String
    var previous: String?
    var previousDigest: String?
    var components: [Part]
    /// What ran; nil where the snapshot does not say.
    var deployment: DeploymentRecord?

    private enum CodingKeys: String, CodingKey {
        case seq, stack, host, tool, previous, components, deployment
        case previousDigest = "previous_sha256"
    }

    init(
        _ snapshot: Snapshot,
        previous: String?,
        _ standing: SnapshotStanding,
        deployment: DeploymentRecord? = nil
    ) {
        self.deployment = deployment
        summary = SnapshotSummary(snapshot, standing)
        seq = snapshot.seq
        stack = snapshot.stack
        host = snapshot.host
        tool = snapshot.tool
        self.previous = previous
        previousDigest = snapshot.previous
        components = snapshot.sortedComponents.map { Part($0.name, $0.value) }
    }

    /// The fields of a list's row and those of its own, in one object.
    func encode(to encoder: any Encoder) throws {
        try summary.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(seq, forKey: .seq)
        try container.encode(stack, forKey: .stack)
        try container.encode(host, forKey: .host)
        try container.encode(tool, forKey: .tool)
        try container.encodeIfPresent(previous, forKey: .previous)
        try container.encodeIfPresent(previousDigest, forKey: .previousDigest)
        try container.encode(components, forKey: .components)
        try container.encodeIfPresent(deployment, forKey: .deployment)
    }
}
