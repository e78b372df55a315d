import Testing

@testable import Commands

@Suite struct ConfigVerbTests {
    @Test func valid() throws {
        let place = try DemoStack.shared()
        let run = try place.recover("config", "validate")
        #expect(run.status == 0)
        #expect(run.lines.count == 1)
        #expect(run.output.hasPrefix("OK \(place.folder)/recover.yaml: stack demo, 2 components"))
    }

    @Test func invalidNamesEveryPlace() throws {
        let place = try Workplace()
        try place.write("version: 1\nstack: s\nrepositry: /r\nsecrets: open\n", to: "recover.yaml")
        let run = try place.recover("config", "validate")
        #expect(run.status == 78)
        #expect(run.output == "")
        #expect(run.errors.contains("recover.yaml:3:1: unknown key \"repositry\""))
        #expect(run.errors.contains("recover.yaml:4:10: "))
    }

    @Test func policyFileIsReadToo() throws {
        let place = try Workplace()
        try place.write(
            "version: 1\nstack: s\nrepository: r\nretention: ./policy.yaml\n",
            to: "recover.yaml"
        )
        #expect(try place.recover("config", "validate").status == 78)
        try place.write("keep: {daily: x}\n", to: "policy.yaml")
        let wrong = try place.recover("config", "validate")
        #expect(wrong.status == 78)
        #expect(wrong.errors.contains("policy.yaml:1:"))
        try place.write("keep: {daily: 3}\n", to: "policy.yaml")
        #expect(try place.recover("config", "validate").status == 0)
    }

    @Test func shownAsTextAndAsData() throws {
        let place = try DemoStack.shared()
        let run = try place.recover("-q", "config", "show")
        #expect(run.lines.contains("stack: demo  # recover.yaml:2"))
        #expect(run.lines.contains("hold: 24h  # default"))
        let json = try place.recover("config", "show", "--json").json()
        #expect(json["schema"] == .string("recover/v1/config-show"))
        #expect(json["data.configuration.components.memory.path"] == .string(place.path("memory")))
        #expect(json["data.configuration.hold"] == .string("24h"))
    }

    @Test func schemaIsOneDocumentEitherWay() throws {
        let place = try DemoStack.shared()
        let plain = try place.recover("config", "schema").json()
        #expect(plain["title"] == .string("recover.yaml"))
        #expect(try place.recover("config", "schema", "--json").json()["data.schema"] == plain)
    }

    @Test func groupNeedsAVerb() throws {
        let run = try DemoStack.shared().recover("config")
        #expect(run.status == 64)
        #expect(run.errors.contains("show, validate, schema"))
    }
}
