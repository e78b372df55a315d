internal import Files
internal import FoundationEssentials
internal import Monitoring
internal import Operations

/// The risks of which people were told last: an audit that finds the same ones is no news for a
/// week.
struct ToldRisks: Codable {
    private static let name = Path("told-risks.json")
    /// Then a card says again what nobody has mended.
    static let repeatSeconds: Int64 = 7 * 86_400

    var at: String
    var risks: [String]

    /// Whether an audit that found risks says something new.
    ///
    /// - Parameters:
    ///   - outcome: The audit.
    ///   - state: The folder in which is noted what was told.
    ///   - now: The present.
    /// - Returns: True where the set changed, or a week has passed.
    static func areNews(_ outcome: Outcome, _ state: Path, now: Moment = .now) -> Bool {
        guard let bytes = try? Directory(state).readNote(name),
            let told = try? JSONDecoder().decode(ToldRisks.self, from: Data(bytes)),
            let at = Moment(rfc3339: told.at)
        else { return true }
        let age = now.secondsSince1970 - at.secondsSince1970
        return told.risks != risks(outcome) || age < 0 || age >= repeatSeconds
    }

    /// Notes that people were told; without it they are told again.
    static func note(_ outcome: Outcome, _ state: Path, now: Moment = .now) {
        let told = ToldRisks(at: now.rfc3339, risks: risks(outcome))
        guard let bytes = try? JSONEncoder().encode(told) else { return }
        try? Directory(state).writeNote(name, Array(bytes))
    }

    /// What it failed for; under `--strict` that may be notes alone.
    private static func risks(_ outcome: Outcome) -> [String] {
        guard outcome.ending.isFailure else { return [] }
        let problems = outcome.errors.isEmpty ? outcome.warnings : outcome.errors
        return Set(problems.map(\.key)).sorted()
    }
}
