internal import Files
internal import FoundationEssentials
internal import Monitoring

/// What the last look at the stack's health found, kept in the state folder for the metrics.
struct HealthNote: Codable {
    private static let name = Path("health.json")
    /// Two of the hourly looks: what is older is not said, for nobody knows whether it still holds.
    static let freshSeconds = 3 * 3600

    var at: String
    var checks: [Check]

    /// Keeps what was found.
    ///
    /// - Throws: ``FileError``.
    static func write(_ checks: [Check], _ state: Path) throws(FileError) {
        let note = HealthNote(at: Moment.now.rfc3339, checks: checks)
        guard let bytes = try? JSONEncoder().encode(note) else {
            preconditionFailure("words and texts can always be encoded")
        }
        try Directory(state).writeNote(name, Array(bytes))
    }

    /// What was found, nothing where that is too long ago.
    static func read(_ state: Path, now: Moment) -> [Check] {
        guard let bytes = try? Directory(state).readNote(name),
            let note = try? JSONDecoder().decode(HealthNote.self, from: Data(bytes)),
            let at = Moment(rfc3339: note.at),
            abs(now.secondsSince1970 - at.secondsSince1970) <= Int64(freshSeconds)
        else { return [] }
        return note.checks
    }
}
