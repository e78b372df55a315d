import Documents
import Testing

@testable import Commands

struct ConfigurationProblemTests {
    @Test(arguments: Refusal.values + Refusal.sections)
    func saysWhatIsWrongAndWhere(test: Refusal) throws {
        let found = try problems(test.text)
        #expect(found.map(\.message) == [test.message])
        #expect(found.map(\.code) == [test.code])
    }

    @Test(arguments: [
        ("", ["r.yaml:1:1: expected a mapping, found nothing"]),
        ("[]", ["r.yaml:1:1: expected a mapping, found a list"]),
        (
            "{}",
            ["version", "stack", "repository"].map { "r.yaml:1:1: missing key \($0)" }
        ),
        (
            "version: 2\nstack: S\nrepository:\n",
            [
                "r.yaml:1:10: version: expected the number 1, found 2",
                "r.yaml:2:8: stack: expected \(Refusal.name), found \"S\"",
                "r.yaml:3:12: repository: expected \(Refusal.path), found nothing",
            ]
        ),
        ("version: 1\nversion: 1\n", ["r.yaml:2:1: the key \"version\" stands here twice"]),
        ("a: [", ["r.yaml:2:1: not valid YAML"]),
    ])
    func wholeFiles(text: String, messages: [String]) throws {
        #expect(try Set(problems(text).map(\.message)) == Set(messages))
    }

    @Test func allProblemsAreReportedInOrder() throws {
        let text = head + "hold: x\ngate: {a: 1, retry: y}\ncomponents: {B: {path: 7, zone: UTC}}\n"
        let found = try problems(text)
        let places = found.map { $0.message.split(separator: " ")[0] }
        #expect(
            places == [
                "r.yaml:4:7:", "r.yaml:5:8:", "r.yaml:5:21:", "r.yaml:6:14:", "r.yaml:6:27:",
            ]
        )
    }

    @Test(arguments: [
        "notify: {teams: %}", "notify: {ping: [%]}", "notify: {ping: {a: %}}",
        "components: {a: {qdrant: \"http://h\", api_key: %}}",
        "components: {a: {qdrant: \"http://u:%@h\"}}",
        "smoke: [\"http://u:%@h\"]", "smoke: [{url: \"http://h\", bearer: %}]",
        "smoke: [{url: \"http://h\", bearer: \"env:% x\"}]", "password: %",
        "components: {a: {qdrant: \"http://h\", token: %}}",
        "components: {a: \"http://u:%@h\"}", "components: {a: {postgres: \"postgres://u:%@h\"}}",
    ])
    func aLiteralSecretIsRefusedUnseen(template: String) throws {
        let secret = "hunter2secret"
        let text =
            head
            + template.split(separator: "%", omittingEmptySubsequences: false)
            .joined(separator: secret)
        let error = try #require(throws: ConfigurationError.self) { try configuration(text) }
        #expect(!error.description.contains(secret))
        #expect(error.problems.count == 1)
    }

    @Test func outsideValuesAreCheckedToo() throws {
        let flag = ConfigurationOrigin.flag("--x")
        func messages(_ key: String, _ value: String) throws -> [String] {
            let override = ConfigurationOverride(key: key, value: value, origin: flag)
            return try problems(head, overrides: [override]).map(\.message)
        }
        #expect(
            try messages("hold", "soon") == [
                "--x: hold: expected \(Refusal.duration), found \"soon\""
            ]
        )
        #expect(
            try messages("repository", "here") == [
                "--x: repository: expected an absolute path, found \"here\""
            ]
        )
        #expect(
            try messages("gate.retri", "1s") == [
                "--x: there is no value gate.retri that could be set from outside"
            ]
        )
        #expect(try messages("notify.ping", "abc").allSatisfy { !$0.contains("abc") })
    }
}
