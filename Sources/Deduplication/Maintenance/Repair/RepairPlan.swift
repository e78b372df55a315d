/// What a repair will do, or has done.
public struct RepairPlan: Sendable {
    /// One thing to be done.
    public struct Step: Sendable, Equatable, Encodable {
        /// What sort of step it is.
        public enum Kind: String, Sendable, Encodable {
            /// A file is written as it was.
            case rewrite
            /// The index is made anew.
            case index
            /// What is whole in a damaged pack is copied, what was found again is added.
            case pack
            /// A chunk of a pack that is gone is taken from a file that still has it.
            case recapture
            /// Something that a process left behind is removed.
            case remove
            /// A note about damage that is no longer there is removed.
            case unmark
        }

        /// What sort of step it is.
        public var kind: Kind
        /// The object.
        public var name: String
        /// Why, for people.
        public var why: String
    }

    /// In the order in which they are done.
    public internal(set) var steps: [Step] = []
    /// What is damaged now.
    public internal(set) var damage: [Damage] = []
    /// Chunks that lie in no pack unharmed and were found in the files that they came from.
    public internal(set) var recovered = 0
    /// Chunks that were found nowhere.
    public internal(set) var lost: [String] = []
}

/// How a repair ended.
public struct RepairOutcome: Sendable {
    /// What was done.
    public internal(set) var steps: [RepairPlan.Step] = []
    /// The snapshots that were damaged and are whole now.
    public internal(set) var healed: [SnapshotID] = []
    /// What is still damaged, with every file that is lost by it.
    public internal(set) var damage: [Damage] = []
    /// Chunks that were taken from the files that they came from.
    public internal(set) var recovered = 0
}
