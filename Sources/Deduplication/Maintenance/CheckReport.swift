/// How thoroughly a repository is checked; each level includes the one before.
public enum CheckLevel: String, Sendable, CaseIterable {
    /// Documents, manifests, lists and sizes.
    case quick
    /// The stored bytes of every pack against its sums.
    case full
    /// Every chunk against its id and every file against its SHA-256.
    case deep
}

/// What a check covered and what it found.
public struct CheckReport: Sendable {
    /// How thorough it was.
    public let level: CheckLevel
    /// The snapshots that were checked and could be read.
    public internal(set) var snapshots: [SnapshotID] = []
    /// Those of which everything was found whole.
    public internal(set) var passed: [SnapshotID] = []
    /// Regular files in the manifests, one that several snapshots share counted once.
    public internal(set) var files = 0
    /// Files of which only length and digest are kept, by snapshot and component.
    public internal(set) var elsewhere:
        [(snapshot: SnapshotID, component: String, what: Snapshot.Component.Elsewhere)] = []
    /// The length of the files whose SHA-256 was proven; 0 but for `deep`.
    public internal(set) var contentBytes: UInt64 = 0
    /// Packs that were looked at.
    public internal(set) var packs = 0
    /// The ids of those whose stored bytes were all found as they should be.
    var wholePacks: [String] = []
    /// Bytes that were read from packs.
    public internal(set) var storedBytes: UInt64 = 0
    /// All damage; empty where there is none.
    public internal(set) var damage: [Damage] = []
    /// What a person may want to know although it is no damage.
    public internal(set) var notes: [String] = []
}
