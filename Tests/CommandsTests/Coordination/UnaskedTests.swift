import Testing

@testable import Commands

/// What nobody asked is not called healthy, and what a dry run did not do is not called done.
@Suite struct UnaskedTests {
    private func stack(_ more: String = "") throws -> Workplace {
        let place = try Workplace()
        try place.write("one", to: "data/file")
        try place.write(
            """
            version: 1
            stack: test
            repository: repository
            state: state
            gate: {retry: 0s}
            components: {data: data}
            \(more)

            """,
            to: "recover.yaml"
        )
        for words in [["-q", "init"], ["-q", "backup"]] {
            let run = try place.recover(words)
            try #require(run.status == 0, "\(run.errors)")
        }
        return place
    }

    private static let words = "nothing was asked whether it is well"

    @Test func aRestore() throws {
        let place = try stack()
        try place.write("two", to: "data/file")
        let run = try place.recover("restore", "--snapshot", "latest", "--confirm", "test")
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.lines.last?.contains(Self.words) == true, "\(run.output)")
        #expect(!run.output.contains("healthy"))
    }

    @Test func aDeployment() throws {
        let place = try stack()
        let record = ["deploy", "record", "--tag", "2026.01.14"]
        let dry = try place.recover(record + ["--dry-run"])
        #expect(
            dry.lines == [
                "OK would note TAG 2026.01.14, \(Self.words)",
                "Nothing was done: this was a dry run.",
            ]
        )
        #expect(try place.recover("log").lines.contains { $0.contains("deploy") } == false)
        let run = try place.recover(record + ["--json"])
        let json = try run.json()
        #expect(json["ok"] == .boolean(true) && json["data.healthy"] == nil)
        #expect(try place.recover(record).lines == ["OK TAG 2026.01.14 is noted, \(Self.words)"])
    }

    @Test func aDeploymentThatAnswersBadly() throws {
        let place = try stack("health: {api: \"http://127.0.0.1:9/health\"}")
        let run = try place.recover("deploy", "record", "--tag", "2026.01.14", "--json")
        #expect(run.status == 3)
        #expect(try run.json()["data.healthy"] == .boolean(false))
    }
}
