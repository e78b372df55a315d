import FoundationEssentials
import Testing

@testable import Commands

/// The documents of `--json`, each against its reviewed shape in `Tests/Fixtures/json`.
///
/// Record all shapes anew with `RECOVER_RECORD=1 swift test --filter OutputContractTests`.
@Suite struct OutputContractTests {
    struct Document: CustomTestStringConvertible, Sendable {
        let name: String
        let arguments: [String]
        var status: Int32 = 0
        var schema: String?
        var opaque: Set<String> = []
        var testDescription: String { name }
    }

    private static let documents: [Document] = [
        .init(name: "list", arguments: ["list"]),
        .init(name: "show", arguments: ["show", "latest:2026.01.14"]),
        .init(name: "show-stored-config", arguments: ["show", "--stored-config"], schema: "show"),
        .init(name: "diff", arguments: ["diff", "latest:2026.01.13", "latest:2026.01.14"]),
        .init(name: "manifest", arguments: ["manifest", "latest:2026.01.14"]),
        .init(
            name: "config-show",
            arguments: ["config", "show"],
            opaque: ["data.configuration"]
        ),
        .init(name: "config-validate", arguments: ["config", "validate"]),
        .init(name: "config-schema", arguments: ["config", "schema"], opaque: ["data.schema"]),
        .init(name: "init", arguments: ["init"], opaque: ["data.file_system"]),
        .init(name: "status", arguments: ["status"]),
        .init(name: "schedule-show", arguments: ["schedule", "show", "--root", "nowhere"]),
        .init(name: "backup-dry-run", arguments: ["backup", "--dry-run"], schema: "backup"),
        .init(
            name: "restore-dry-run",
            arguments: ["restore", "--snapshot", "latest", "--to", "nowhere", "--dry-run"],
            schema: "restore"
        ),
        .init(name: "retention-explain", arguments: ["retention", "explain"]),
        .init(name: "prune-dry-run", arguments: ["prune", "--dry-run"], schema: "prune"),
        .init(name: "undelete", arguments: ["undelete"]),
        .init(name: "failure", arguments: ["show", "nothing"], status: 25, schema: "show"),
        .init(name: "usage", arguments: ["list", "--wrong"], status: 64),
    ]

    @Test(arguments: documents)
    func document(_ document: Document) throws {
        let run = try DemoStack.shared().recover(document.arguments + ["--json"])
        #expect(run.status == document.status, "\(run.errors)")
        try check(try run.json(), document)
    }

    @Test func commandsThatChangeSomething() throws {
        let place = try Workplace()
        try DemoStack.fill(place)
        let backup = try place.recover("backup", "--tag", "t", "--json")
        try check(try backup.json(), .init(name: "backup", arguments: []))
        let verify = try place.recover("verify", "--json")
        try check(try verify.json(), .init(name: "verify", arguments: []))
        try place.write("unfinished", to: "repository/tmp/left")
        // A young one may be somebody's who lives.
        _ = try place.shell("touch -d '1 hour ago' repository/tmp/left")
        #expect(try place.recover("repair").status == 26)
        let repair = try place.recover("repair", "--yes", "--json")
        #expect(try place.recover("repair").lines.last == "OK nothing is to be repaired")
        try check(try repair.json(), .init(name: "repair", arguments: []))
        let export = try place.recover("export", "latest", "memory", "-o", "m.tar.gz", "--json")
        try check(try export.json(), .init(name: "export", arguments: []))
        let imported = try place.recover("import", "m.tar.gz", "--component", "memory", "--json")
        try check(try imported.json(), .init(name: "import", arguments: []))
        let audit = try place.recover("audit", "--json")
        try check(try audit.json(), .init(name: "audit", arguments: [], status: 27))
        let drill = try place.recover("drill", "--json")
        try check(try drill.json(), .init(name: "drill", arguments: []))
        let restore = try place.recover("restore", "--tag", "t", "--to", "out", "--json")
        try check(try restore.json(), .init(name: "restore", arguments: []))
    }

    /// One check of each that passes and one that fails, on every machine the same.
    @Test(arguments: [("health", Int32(1)), ("smoke", 1), ("checklist", 1), ("preflight", 23)])
    func commandsThatLook(verb: String, status: Int32) throws {
        let place = try Workplace()
        try place.write(
            """
            version: 1
            stack: demo
            repository: repository
            state: state
            components:
              memory: memory
              rbac: security.db
            health: {api: "http://127.0.0.1:9/health"}
            smoke: [{url: "http://127.0.0.1:9/", method: POST, body: "{}", safe: true}]
            gate: {retry: 0s}
            preflight: {disk: {warn: 1B, fail: 1B}}

            """,
            to: "recover.yaml"
        )
        try place.write("alpha", to: "memory/a.txt")
        try #require(try place.recover("init").status == 0)
        // Graphics cards are none of this test's business.
        let path = ["PATH": Workplace.buildFolder]
        let run = try place.recover([verb, "--json"], environment: path)
        let json = try run.json()
        try check(json, .init(name: verb, arguments: [], status: status))
        let verdicts = json["data.checks"]?.items.compactMap { $0["verdict"]?.string } ?? []
        #expect(verdicts.contains("FAIL") && Set(verdicts).isSubset(of: ["PASS", "FAIL"]))
        #expect(json["data.failed"]?.number == Double(verdicts.count { $0 == "FAIL" }))
        #expect(json["data.passed"]?.number == Double(verdicts.count { $0 == "PASS" }))
        #expect(json["errors"]?.items.count == verdicts.count { $0 == "FAIL" })
    }

    private func check(_ json: JSONValue, _ document: Document) throws {
        let shape = JSONShape(json, opaque: document.opaque)
        #expect(shape.faults == [])
        #expect(shape.keys.isSubset(of: JSONShape.envelope))
        #expect(shape.keys.isSuperset(of: ["errors", "exit_code", "ok", "schema", "warnings"]))
        #expect(json["schema"] == .string("recover/v1/\(document.schema ?? document.name)"))
        #expect(json["exit_code"] == .number(Double(document.status)))
        #expect(json["ok"] == .boolean(document.status == 0))
        try expectGolden(shape.text, "\(document.name).txt", in: "json")
    }

    @Test func onlyTheDocumentIsOnStandardOutput() throws {
        let run = try DemoStack.shared().recover(
            "show",
            "nothing",
            "--json",
            "--log-format",
            "json"
        )
        #expect(run.lines.count == 1)
        for line in run.errors.split(separator: "\n") {
            let entry = try JSONDecoder().decode(JSONValue.self, from: Data(line.utf8))
            #expect(entry["level"] == .string("error"))
            #expect(JSONShape.isTime(entry["ts"]?.string ?? ""))
        }
    }

    @Test func rulesFindWhatBreaksThem() throws {
        let text = #"{"sizeBytes": 1, "size": 2, "at": "2026-01-14T02:10:00+09:00", "long_at": 3}"#
        let value = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        #expect(JSONShape(value).faults.count == 5)
    }
}
