import Files
import FoundationEssentials
import Operations
import Recovery
import Testing

@testable import Commands

@Suite struct ResumedRecoveryTests {
    /// A run that was killed before it had come to a server is ended without that server.
    @Test(arguments: ["resume", "abort"])
    func aServerThatItHadNotComeToNeedNotAnswer(verb: String) throws {
        let place = try Workplace()
        try place.write("one", to: "data/file")
        try place.write(
            """
            version: 1
            stack: test
            repository: \(place.path("repository"))
            state: \(place.path("state"))
            components:
              data: data
              vectors: {qdrant: "http://127.0.0.1:1"}
            """,
            to: "recover.yaml"
        )
        _ = try place.recover("-q", "init")
        // What cannot be reached is in the snapshot, as incomplete.
        _ = try place.recover("-q", "backup")
        let run = try place.recover("list", "--ids")
        let snapshot = try #require(run.lines.first { $0.contains("-") })
        var plan = RecoveryPlan(operation: "20260114t021000z-1", verb: "restore", stack: "test")
        plan.snapshot = snapshot
        plan.parts = [
            .init(name: "data", place: place.path("data"), steps: []),
            .init(name: "vectors", place: "http://127.0.0.1:1", steps: []),
        ]
        let state = Path(place.path("state"))
        let journal = try OperationJournal.begin(
            in: state,
            operation: plan.operation,
            kind: "restore"
        )
        try Directory(journal.folder).writeNote(
            Path("plan.json"),
            Array(try JSONEncoder().encode(plan))
        )
        try journal.write(RecoveryState.safetyA.rawValue, .intent)
        #expect(try place.recover("backup").status == 24)
        let words = verb == "resume" ? [verb] : [verb, plan.operation]
        let ended = try place.recover(words)
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(try OperationJournal.unfinished(in: state).isEmpty)
    }
}
