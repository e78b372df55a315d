/// What a collection found and did, or would do.
public struct CollectionReport: Sendable {
    /// Packs that are there, those of manifests among them.
    public internal(set) var packs = 0
    /// What they take.
    public internal(set) var packBytes: UInt64 = 0
    /// What snapshots need of it.
    public internal(set) var neededBytes: UInt64 = 0
    /// Packs that were found unneeded and wait now.
    public internal(set) var condemnedPacks = 0
    /// What these take.
    public internal(set) var condemnedBytes: UInt64 = 0
    /// Packs that were deleted after their time was up.
    public internal(set) var deletedPacks = 0
    /// What that has freed.
    public internal(set) var freedBytes: UInt64 = 0
    /// Packs that are needed again.
    public internal(set) var sparedPacks = 0
    /// Packs of which what is needed was copied.
    public internal(set) var repackedPacks = 0
    /// Bytes written for that.
    public internal(set) var repackedBytes: UInt64 = 0
    /// Packs that wait now, all of them.
    public internal(set) var waitingPacks = 0
    /// What these take.
    public internal(set) var waitingBytes: UInt64 = 0
    /// Lists whose time is up and that wait for a backup or another collection to end.
    public internal(set) var blockedLists = 0
    /// Hosts and starts of other runs, alive or not known to be dead, for which something had to stay.
    public internal(set) var runsBeside: [String] = []
    /// Sessions of dead processes that were ended.
    public internal(set) var endedSessions = 0
    /// Unfinished files that were removed.
    public internal(set) var removedDrafts = 0

    /// Nothing yet.
    public init() {}

    /// Takes in what a further round has done; what is there is as that round left it.
    ///
    /// - Parameter next: The further round.
    public mutating func add(_ next: CollectionReport) {
        let former = self
        self = next
        condemnedPacks += former.condemnedPacks
        condemnedBytes += former.condemnedBytes
        deletedPacks += former.deletedPacks
        freedBytes += former.freedBytes
        sparedPacks += former.sparedPacks
        repackedPacks += former.repackedPacks
        repackedBytes += former.repackedBytes
        endedSessions += former.endedSessions
        removedDrafts += former.removedDrafts
    }
}
