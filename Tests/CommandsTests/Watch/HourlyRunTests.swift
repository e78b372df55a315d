import Files
import FoundationEssentials
import Operations
import Testing

@testable import Commands

/// What the hourly job does after a run that was killed.
@Suite struct HourlyRunTests {
    private func stack() throws -> Workplace {
        let place = try Workplace()
        try place.write("one", to: "data/file")
        try place.write(
            """
            version: 1
            stack: test
            repository: repository
            state: state
            components: {data: data}
            schedule: {backup: never, prune: never, verify: never, drill: never}

            """,
            to: "recover.yaml"
        )
        for words in [["-q", "init"], ["-q", "backup"]] {
            let run = try place.recover(words)
            try #require(run.status == 0, "\(run.errors)")
        }
        return place
    }

    @Test func anOperationThatWasKilledIsNotPassedOver() throws {
        let place = try stack()
        #expect(try place.recover("schedule", "run", "watch").status == 0)
        let state = Path(place.path("state"))
        let journal = try OperationJournal.begin(
            in: state,
            operation: "20260114t021000z-1",
            kind: "restore"
        )
        for _ in 0..<2 {
            let run = try place.recover("schedule", "run", "watch")
            #expect(run.status == 24)
            #expect(run.output.contains("the operation 20260114t021000z-1"))
        }
        let mark = Path("unfinished")
        let told = try Directory(state).readNote(mark)
        #expect(told == Array("the operation 20260114t021000z-1\n".utf8))
        // While somebody is at work nobody knows how it will end.
        do {
            let lock = try Directory(state).open(Path("lock"), .lock)
            let isMine = try lock.tryLock()
            #expect(isMine)
            #expect(try place.recover("schedule", "run", "watch").status == 0)
            _ = lock.path
        }
        try journal.write("restore", .end)
        #expect(try place.recover("schedule", "run", "watch").status == 0)
        #expect(try Directory(state).readNote(mark) == nil)
    }

    @Test func whatAKilledBackupHeldStillGoesOn() throws {
        let place = try stack()
        try place.write(
            """
            #!/bin/sh
            echo "$@" >>'\(place.path("said"))'
            [ "$1" = ps ] && echo c1
            exit 0

            """,
            to: "engine"
        )
        _ = try place.shell("chmod +x engine")
        let note = #"{"program":"\#(place.path("engine"))","containers":["c1","gone"]}"#
        try place.write(note, to: "state/paused.json")
        let run = try place.recover("schedule", "run", "watch", "--json")
        #expect(run.status == 0, "\(run.errors)")
        #expect(try run.json()["warnings.0.code"]?.string == "paused")
        let said = try String(contentsOf: URL(filePath: place.path("said")), encoding: .utf8)
        #expect(said.contains("unpause c1\n"))
        #expect(try Directory(Path(place.path("state"))).readNote(Path("paused.json")) == nil)
    }

    @Test func whoeverLooksHearsOfIt() throws {
        let place = try stack()
        let name = "20260114t021000z-1"
        for verb in ["preflight", "health"] {
            #expect(try place.recover(verb).lines.contains { $0.hasPrefix("PASS  operation") })
        }
        _ = try OperationJournal.begin(
            in: Path(place.path("state")),
            operation: name,
            kind: "restore"
        )
        for (verb, status) in [("preflight", Int32(23)), ("health", 1)] {
            let run = try place.recover(verb)
            #expect(run.status == status)
            let line = run.lines.first { $0.hasPrefix("FAIL  operation") } ?? ""
            #expect(line.contains("recover resume \(name)"))
        }
    }
}
