import Testing

@testable import Commands

@Suite struct ShowTests {
    @Test func tellsWhereItCameFrom() throws {
        let place = try DemoStack.shared()
        let ids = try DemoStack.ids(place)
        let run = try place.recover("show", "latest:2026.01.13")
        #expect(run.status == 0)
        #expect(run.lines.first == "snapshot  \(ids[0]), number 1 of stack demo")
        #expect(run.lines.contains("tag       2026.01.13, reason manual"))
        #expect(run.lines.contains("note      첫 번째"))
        #expect(run.lines.contains("previous  none, it is the first"))
        #expect(run.lines.last?.hasPrefix("complete: 8 files, ") == true)
        #expect(try place.recover("show", ids[1]).lines.contains("previous  \(ids[0])"))
        let row = try #require(run.lines.first { $0.hasPrefix("memory ") })
        #expect(row.split(separator: " ").prefix(6) == ["memory", "complete", "7", "2", "1", "1"])
        #expect(row.contains("barrier, 20"))
    }

    @Test func standingComesFromFacts() throws {
        let place = try Workplace()
        try DemoStack.fill(place)
        let id = try #require(try DemoStack.ids(place).first)
        for (kind, detail) in [("pins", "in use"), ("receipts", "full"), ("damaged", "chunk gone")]
        {
            let text =
                #"{"at":"2026-01-14T02:10:00+09:00","detail":"\#(detail)","operation":"o","#
                + #""subject":"\#(id)"}"#
            try place.write(text, to: "repository/facts/\(kind)/x")
            let named = try place.shell(
                "cd repository/facts/\(kind) && mv x \(id)-$(sha256sum x | cut -c1-8).json"
            )
            #expect(named.status == 0)
        }
        #expect(
            try place.recover("list").lines.last?.hasSuffix("complete, DAMAGED, pinned, verified")
                == true
        )
        let lines = try place.recover("show").lines
        #expect(lines.contains("pinned    2026-01-14T02:10:00+09:00: in use"))
        #expect(lines.contains("verified  2026-01-14T02:10:00+09:00: full"))
        #expect(lines.contains("DAMAGED   2026-01-14T02:10:00+09:00: chunk gone"))
    }

    @Test func failedComponentIsNamed() throws {
        let place = try Workplace()
        try DemoStack.fill(place)
        _ = try place.shell("rm security.db")
        #expect(try place.recover("backup").status == 3)
        let id = try #require(try DemoStack.ids(place).last)
        let run = try place.recover("show", id)
        #expect(run.lines.contains { $0.hasPrefix("rbac       FAILED") })
        #expect(run.lines.last?.hasPrefix("INCOMPLETE: ") == true)
        #expect(try place.recover("list").lines.last?.hasSuffix("INCOMPLETE") == true)
        let manifest = try place.recover("manifest", id, "rbac")
        #expect(manifest.status == 25)
        let diff = try place.recover("diff", "latest:2026.01.13", id)
        #expect(diff.lines.contains("rbac: not compared: its capture failed in \(id)"))
    }

    @Test func storedConfiguration() throws {
        let place = try DemoStack.shared()
        let file = try place.shell("cat recover.yaml").output
        #expect(try place.recover("show", "--stored-config").output == file)
        let json = try place.recover("show", "--stored-config", "--json").json()
        #expect(json["data.configuration"] == .string(file))
    }

    @Test(
        "Wrong snapshots",
        arguments: [("nothing", 25), ("20", 25), ("latest:none", 25)] as [(String, Int32)]
    )
    func wrong(text: String, status: Int32) throws {
        let run = try DemoStack.shared().recover("show", text)
        #expect(run.status == status)
        #expect(run.output == "")
        #expect(run.errors.contains("Next: recover list"))
    }
}
