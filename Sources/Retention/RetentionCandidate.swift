public import Files

/// A snapshot as retention sees it.
public struct RetentionCandidate: Sendable, Hashable {
    /// The reason of snapshots taken because something was about to be overwritten.
    public static let safetyReason = "pre-rollback"
    /// The reason of snapshots that were made of an archive.
    public static let importReason = "import"

    /// Its name.
    public var id: String
    /// Its number: numbers order snapshots, clocks do not.
    public var seq: Int
    /// When its capture began.
    public var takenAt: Moment
    /// Why it was taken.
    public var reason: String
    /// The TAG that it belongs to.
    public var tag: String?
    /// Whether every component of the run is in it whole.
    public var isComplete = true
    /// Whether the run was over all components.
    public var isFull = true
    /// Whether it is known to be damaged.
    public var isDamaged = false
    /// Whether a proof of its stored bytes has passed.
    public var isVerified = false
    /// Why it must stay, as somebody stated.
    public var pins: [String] = []
    /// What is at work with it.
    public var uses: [String] = []

    /// Names a snapshot.
    ///
    /// - Parameters:
    ///   - id: Its name.
    ///   - seq: Its number.
    ///   - takenAt: When its capture began.
    ///   - reason: Why it was taken.
    ///   - tag: The TAG that it belongs to.
    public init(id: String, seq: Int, takenAt: Moment, reason: String, tag: String? = nil) {
        self.id = id
        self.seq = seq
        self.takenAt = takenAt
        self.reason = reason
        self.tag = tag
    }

    var isSafety: Bool { reason == Self.safetyReason }
    var isImport: Bool { reason == Self.importReason }
    /// Whether all of it was captured as it should be, as far as is known.
    var isSound: Bool { isComplete && !isDamaged }
    var isWhole: Bool { isSound && isFull }
}
