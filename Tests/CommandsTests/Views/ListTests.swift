import Testing

@testable import Commands

@Suite struct ListTests {
    @Test func newestStandsLast() throws {
        let place = try DemoStack.shared()
        let lines = try place.recover("list").lines
        #expect(lines.count == 4)
        #expect(lines[0].hasPrefix("SNAPSHOT") && lines[0].hasSuffix("STATE"))
        #expect(lines[1].contains("  2026.01.13  manual") && lines[1].hasSuffix("  complete"))
        #expect(lines[2].contains("  2026.01.14  nightly") && lines[2].contains("memory,rbac"))
        #expect(
            lines[3].contains("  pre-migration  rbac") && lines[3].hasSuffix("complete, partial")
        )
        #expect(try DemoStack.ids(place) == lines.dropFirst().map { String($0.prefix(21)) })
    }

    @Test(
        "Filters",
        arguments: [
            (["--tag", "2026.01.14"], 1), (["--tag", "none"], 0), (["--since", "1h"], 3),
            (["--since", "2099-01-01"], 0), (["--since", "2026-01-01T00:00:00+09:00"], 3),
            (["--tag", "2026.01.13", "--since", "9999999999d"], 1),
        ]
    )
    func filters(arguments: [String], count: Int) throws {
        let run = try DemoStack.shared().recover(["list", "--ids"] + arguments)
        #expect(run.status == 0)
        #expect(run.lines.count == count)
    }

    @Test func timeThatIsNone() throws {
        let run = try DemoStack.shared().recover("list", "--since", "yesterday")
        #expect(run.status == 64)
        #expect(run.errors.contains("not yesterday (exit 64)"))
    }

    @Test func quietMeansSilentUnlessDataWasAsked() throws {
        let place = try DemoStack.shared()
        #expect(try place.recover("-q", "list").output == "")
        #expect(try place.recover("-q", "list", "--ids").lines.count == 3)
    }

    @Test func repositoryThatIsMissing() throws {
        let place = try Workplace()
        try place.write(
            "version: 1\nstack: s\nrepository: r\ncomponents: {a: .}\n",
            to: "recover.yaml"
        )
        let run = try place.recover("list")
        #expect(run.status == 10)
        #expect(run.errors.contains("Next: recover init"))
    }

    @Test func damagedSnapshotFileIsShown() throws {
        let place = try Workplace()
        try DemoStack.fill(place)
        let id = try #require(try DemoStack.ids(place).first)
        _ = try place.shell(
            "chmod u+w repository/snapshots/* && echo x >> repository/snapshots/\(id).json"
        )
        let run = try place.recover("list")
        #expect(run.status == 20)
        #expect(run.lines == ["DAMAGED  snapshots/\(id).json cannot be read"])
        #expect(run.errors.contains("[damage]"))
        let json = try place.recover("list", "--json")
        #expect(json.status == 20)
        #expect(try json.json()["data.unreadable.0.name"] == .string("snapshots/\(id).json"))
        #expect(try place.recover("show", String(id.prefix(15))).status == 20)
    }
}
