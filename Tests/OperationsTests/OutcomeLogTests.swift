import Files
import Support
import Testing

@testable import Operations

@Suite struct OutcomeLogTests {
    private let scratch: Scratch
    private let log: OutcomeLog

    init() throws {
        scratch = try Scratch()
        log = OutcomeLog(in: scratch.path)
    }

    private func outcome(_ name: String) -> Outcome {
        Outcome(
            operation: name,
            verb: "backup",
            stack: "test",
            host: "here",
            startedAt: "2026-01-14T02:10:00+09:00",
            finishedAt: "2026-01-14T02:10:03+09:00",
            durationSeconds: 3,
            exitCode: 0,
            result: .done,
            facts: OperationFacts()
        )
    }

    private func rewrite(_ change: (inout [UInt8]) -> Void) throws {
        var bytes = try OpenFile(log.path, .read).readAll()
        change(&bytes)
        try scratch.folder().writeNote(log.path.lastComponent, bytes)
    }

    @Test func linesComeBackAsTheyWereWritten() throws {
        var second = outcome("b")
        second.facts.tag = "2026.01.14"
        second.facts.figures = ["memory.size_bytes": 52_000]
        second.facts.dataRollback = .init(isPossible: true, why: "it is in a snapshot")
        second.warnings = [.init(code: "shrunk", component: "memory", message: "smaller")]
        try log.append(outcome("a"))
        try log.append(second)
        let reading = try log.read()
        #expect(reading.records == [outcome("a"), second])
        #expect(reading.brokenLines.isEmpty && reading.unreadableLines.isEmpty)
    }

    @Test func noFileIsAnEmptyJournal() throws {
        #expect(try log.read().records.isEmpty)
    }

    @Test func aTornLastLineIsSaidAndSwallowsNothing() throws {
        try log.append(outcome("a"))
        try log.append(outcome("b"))
        try rewrite { $0.removeLast(40) }
        #expect(try log.read().unreadableLines == [2])
        try log.append(outcome("c"))
        let reading = try log.read()
        #expect(reading.records.map(\.operation) == ["a", "c"])
        #expect(reading.unreadableLines == [2])
        #expect(reading.brokenLines.isEmpty)
    }

    @Test func aChangedLineBreaksTheChain() throws {
        for name in ["a", "b", "c"] { try log.append(outcome(name)) }
        try rewrite { bytes in
            let place = bytes.firstRange(of: Array("\"exit_code\":0".utf8))
            if let place { bytes[place.upperBound - 1] = UInt8(ascii: "1") }
        }
        let reading = try log.read()
        #expect(reading.records.first?.exitCode == 1)
        #expect(reading.brokenLines == [2])
    }

    @Test func aLineThatWasTakenOutBreaksTheChain() throws {
        for name in ["a", "b", "c"] { try log.append(outcome(name)) }
        try rewrite { bytes in
            let lines = bytes.split(separator: 0x0A)
            bytes = Array(lines[0]) + [0x0A] + Array(lines[2]) + [0x0A]
        }
        #expect(try log.read().brokenLines == [2])
    }

    @Test func aFailureHasItsMinimumRecord() {
        var failure = outcome("a")
        failure.result = .reverted
        failure.exitCode = 21
        failure.firstError = "api answers 500,\nnot 200"
        failure.stateNow = "as before"
        failure.facts.stage = "smoke"
        let text = ReleaseLog.entry(failure)
        for line in [
            "result: reverted (exit 21)", "stage: smoke", "failing_check: -",
            "first_error: api answers 500,; not 200", "action_taken: none", "state_now: as before",
            "operator: ",
        ] {
            #expect(text.contains("\n  " + line))
        }
        #expect(!ReleaseLog.entry(outcome("a")).contains("stage"))
    }

    @Test func aNewReleaseLogBeginsWithItsTemplate() throws {
        let template = try scratch.write(Path("template"), Array("# releases".utf8))
        let path = scratch.path.appending("ops/release.log")
        for name in ["a", "b"] {
            try ReleaseLog(at: path, template: template).append(outcome(name))
        }
        let text = String(decoding: try OpenFile(path, .read).readAll(), as: UTF8.self)
        #expect(text.hasPrefix("# releases\n\n[2026-01-14T02:10:03+09:00] test backup done\n"))
        #expect(text.components(separatedBy: "# releases").count == 2)
        #expect(text.contains("operation: a\n") && text.contains("operation: b\n"))
    }
}

extension String {
    fileprivate func components(separatedBy text: String) -> [Substring] {
        var parts: [Substring] = []
        var rest = self[...]
        while let range = rest.firstRange(of: text) {
            parts.append(rest[..<range.lowerBound])
            rest = rest[range.upperBound...]
        }
        return parts + [rest]
    }
}
