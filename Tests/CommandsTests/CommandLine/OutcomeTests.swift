import FoundationEssentials
import Testing

@testable import Commands

/// One record for each operation: exit code, document, journal and release.log say the same.
@Suite struct OutcomeTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let arguments: [String]
        let status: Int32
        let result: String
        var isReleased = false
        var testDescription: String { name }
    }

    private static let cases: [Case] = [
        .init(name: "done", arguments: ["backup", "--tag", "t"], status: 0, result: "done"),
        .init(name: "not found", arguments: ["backup", "nothing"], status: 25, result: "refused"),
        .init(
            name: "released",
            arguments: ["restore", "--snapshot", "latest", "--data-only", "--confirm", "demo"],
            status: 0,
            result: "done",
            isReleased: true
        ),
        .init(
            name: "released, and failed",
            arguments: ["restore", "--tag", "none", "--data-only", "--confirm", "demo"],
            status: 25,
            result: "refused",
            isReleased: true
        ),
        .init(
            name: "unconfirmed",
            arguments: ["restore", "--snapshot", "latest", "--data-only"],
            status: 26,
            result: "refused"
        ),
        .init(name: "verified", arguments: ["verify"], status: 0, result: "done"),
    ]

    @Test(arguments: cases)
    func theRecordsAgree(_ wanted: Case) throws {
        let place = try Workplace()
        try DemoStack.fill(place)
        let run = try place.recover(wanted.arguments + ["--json"])
        #expect(run.status == wanted.status, "\(run.errors)")
        let document = try run.json()
        #expect(document["exit_code"] == .number(Double(wanted.status)))
        let log = try place.recover("log", "--json").json()
        let operations = try #require(log["data.operations"]).items
        let last = try #require(operations.last)
        #expect(operations.filter { $0["operation"] == last["operation"] }.count == 1)
        #expect(last["operation"] == document["operation"])
        #expect(last["exit_code"] == document["exit_code"])
        #expect(last["result"]?.string == wanted.result)
        let messages = document["errors"]?.items.map { $0["message"] }
        #expect(last["errors"]?.items.map { $0["message"] } == messages)
        #expect(last["started_at"] == document["started_at"])
        let entry = try place.shell("cat ops/release.log 2>&1").output
        let name = try #require(last["operation"]?.string)
        #expect(entry.contains("operation: \(name)\n") == wanted.isReleased)
        if wanted.isReleased {
            #expect(entry.contains("result: \(wanted.result) (exit \(wanted.status))\n"))
        }
    }

    @Test func lookingIsNoOperation() throws {
        let place = try Workplace()
        try DemoStack.fill(place)
        let before = try place.recover("log").lines
        for arguments in [["list"], ["show"], ["backup", "--dry-run"], ["config", "show"]] {
            #expect(try place.recover(arguments).status == 0)
        }
        #expect(try place.recover("log").lines == before)
    }

    @Test func aResultThatNobodyReadIsSaid() throws {
        let place = try Workplace()
        try DemoStack.fill(place)
        #expect(try place.shell("recover backup > /dev/full 2>/dev/null").status == 1)
        let log = try place.recover("log", "--json").json()
        let last = try #require(log["data.operations"]?.items.last)
        #expect(last["exit_code"] == .number(1) && last["result"]?.string == "failed")
        #expect(last["errors"]?.items.last?["code"]?.string == "output")
    }

    @Test func aJournalThatWasChangedIsDamage() throws {
        let place = try Workplace()
        try DemoStack.fill(place)
        #expect(try place.recover("verify").status == 0)
        let journal = "$(find . -name operations.jsonl)"
        #expect(try place.shell("sed -i '1s/done/failed/' \(journal)").status == 0)
        let run = try place.recover("log", "--json")
        #expect(run.status == 20)
        #expect(try run.json()["data.broken_lines"]?.items == [.number(2)])
    }
}
