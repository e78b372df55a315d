/// How many snapshots of one group stay: each part keeps some, and what any part keeps stays.
public struct RetentionRule: Sendable, Hashable {
    /// The most recent ones, whatever their age.
    public var last = 0
    /// The newest of each of this many hours that have a snapshot.
    public var hourly = 0
    /// The newest of each of this many days that have a snapshot.
    public var daily = 0
    /// The newest of each of this many ISO weeks that have a snapshot.
    public var weekly = 0
    /// The newest of each of this many months that have a snapshot.
    public var monthly = 0
    /// The newest of each of this many years that have a snapshot.
    public var yearly = 0
    /// Every one that is younger than this.
    public var within = Duration.zero

    /// A rule that keeps nothing.
    public init() {}

    /// Whether no part of the rule keeps anything.
    public var isEmpty: Bool { self == RetentionRule() }

    /// The parts that count, by their keys in a policy file.
    var counts: [(key: String, count: Int)] {
        [
            ("last", last), ("hourly", hourly), ("daily", daily), ("weekly", weekly),
            ("monthly", monthly), ("yearly", yearly),
        ]
    }
}
