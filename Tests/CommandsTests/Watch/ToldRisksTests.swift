import Files
import Operations
import Testing

@testable import Commands

/// An audit that says the same every day is not read any more.
@Suite struct ToldRisksTests {
    private static let start: Int64 = 1_768_330_800
    private let place: Workplace
    private var state: Path { Path(place.folder) }

    init() throws {
        place = try Workplace()
    }

    private func audit(_ risks: [(String, String?)], notes: [String] = []) -> Outcome {
        var outcome = Outcome(
            operation: "audit",
            verb: "audit",
            stack: "demo",
            host: "host",
            startedAt: Moment.now.rfc3339,
            finishedAt: Moment.now.rfc3339,
            durationSeconds: 1,
            exitCode: 27,
            result: .failed,
            facts: OperationFacts()
        )
        outcome.errors = risks.map { .init(code: $0, component: $1, message: "age 3 h") }
        outcome.warnings = notes.map { .init(code: $0, message: "m") }
        return outcome
    }

    private func at(_ seconds: Int64) -> Moment {
        Moment(secondsSince1970: Self.start + seconds)
    }

    @Test func onlyAnotherSetOrAWeekIsNews() {
        let risks = audit([("same-disk", nil), ("shrunk", "memory")])
        #expect(ToldRisks.areNews(risks, state, now: at(0)))
        // Of what was not delivered nothing is noted.
        #expect(ToldRisks.areNews(risks, state, now: at(60)))
        ToldRisks.note(risks, state, now: at(60))
        #expect(!ToldRisks.areNews(risks, state, now: at(3600)))
        let other = audit([("shrunk", "memory"), ("same-disk", nil)], notes: ["few-verified"])
        #expect(!ToldRisks.areNews(other, state, now: at(3600)))
        for changed in [
            audit([("same-disk", nil)]), audit([("same-disk", nil), ("shrunk", "rbac")]),
            audit([("same-disk", nil), ("shrunk", "memory"), ("no-drill", nil)]),
        ] {
            #expect(ToldRisks.areNews(changed, state, now: at(3600)))
        }
        let week: Int64 = 7 * 86_400
        #expect(!ToldRisks.areNews(risks, state, now: at(60 + week - 1)))
        #expect(ToldRisks.areNews(risks, state, now: at(60 + week)))
        // A clock that went back must not silence anything for long.
        #expect(ToldRisks.areNews(risks, state, now: at(0)))
    }

    @Test func onceAllIsWellTheSameIsNewsAgain() {
        let notes = audit([], notes: ["few-verified"])
        ToldRisks.note(notes, state, now: at(0))
        #expect(!ToldRisks.areNews(notes, state, now: at(60)))
        var clean = notes
        clean.exitCode = 0
        ToldRisks.note(clean, state, now: at(120))
        #expect(ToldRisks.areNews(notes, state, now: at(180)))
    }

    @Test func aNoteThatCannotBeReadSilencesNothing() throws {
        let risks = audit([("same-disk", nil)])
        ToldRisks.note(risks, state, now: at(0))
        try place.write("{", to: "told-risks.json")
        #expect(ToldRisks.areNews(risks, state, now: at(1)))
    }
}
