/// The files in which a segment keeps account of its points, by which two histories of a shard are
/// told apart.
///
/// Operations are numbered, and after somebody's restore they are numbered anew: a shard that was
/// put back and then written to as often as before has manifests like those of the parent, and
/// other points. Its books differ: what was entered before the parent cannot change behind it.
enum SegmentBook: CaseIterable {
    /// Each point that came or went, in the order of time; entries are only added.
    case log
    /// The number of the operation by which each point was last changed.
    case versions
    /// A bit for each point that is gone; none comes back.
    case deletions

    /// A book larger than this is not looked at.
    static let limitBytes: UInt64 = 16 << 20

    /// The book that a file of a segment is.
    init?(_ file: String) {
        switch file {
        case "mutable_id_tracker.mappings": self = .log
        case "mutable_id_tracker.versions", "id_tracker.versions": self = .versions
        case "id_tracker.deleted": self = .deletions
        default: return nil
        }
    }

    /// Whether a file must be sent for the proof even if the server takes it for unchanged.
    ///
    /// Points of a segment that is never added to change by going: its versions prove no more.
    static func isWanted(_ file: String) -> Bool {
        file != "id_tracker.versions" && SegmentBook(file) != nil
    }

    /// Whether a book only moved on.
    ///
    /// - Parameters:
    ///   - old: What the parent holds.
    ///   - new: What was sent.
    ///   - version: The last operation that the parent's segment has seen.
    /// - Returns: False where the two are of different histories.
    func continues(_ old: [UInt8], as new: [UInt8], since version: UInt64) -> Bool {
        switch self {
        case .log: new.starts(with: old)
        case .deletions: zip(old, new).allSatisfy { $0 & ~$1 == 0 }
        case .versions:
            stride(from: 0, to: min(old.count, new.count) / 8 * 8, by: 8).allSatisfy { offset in
                let before = Self.number(old, offset)
                let now = Self.number(new, offset)
                // Where a point is gone its number may be 0.
                return now == before || now > version || now == 0
            }
        }
    }

    private static func number(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
        var value: UInt64 = 0
        for place in (offset..<(offset + 8)).reversed() {
            value = value << 8 | UInt64(bytes[place])
        }
        return value
    }
}
