internal import Deduplication
internal import Deployments

/// What somebody wants to have back.
struct RecoveryRequest {
    /// The command.
    let verb: String
    /// Where data comes from; nil where only images change.
    var snapshot: Snapshot?
    /// The components that come back.
    var components: [String] = []
    /// The TAG that is to run; nil leaves it as it is.
    var tag: String?
    /// What ran when that TAG was captured; nil where no snapshot knows it.
    var record: DeploymentRecord?
    /// Where that is known from.
    var recordedIn: Snapshot?
    /// Only these services change; nil means all.
    var services: [String]?
    /// Flags that get other values, by key.
    var flags: [String: String] = [:]
    /// The revisions that schemas must have, by database; empty where nobody cares.
    var schemas: [String: String] = [:]
    /// Whether the images of databases may change, too.
    var allowsStateful = false
    /// What a person should know of this choice before saying yes.
    var notes: [String] = []
}
