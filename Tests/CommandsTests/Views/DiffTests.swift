import Testing

@testable import Commands

@Suite struct DiffTests {
    @Test func everyKindOfChange() throws {
        let place = try DemoStack.shared()
        let ids = try DemoStack.ids(place)
        let run = try place.recover("diff", ids[0], ids[1])
        #expect(run.status == 0)
        #expect(
            run.lines[0].hasPrefix("from  \(ids[0])") && run.lines[1].hasPrefix("to    \(ids[1])")
        )
        #expect(
            run.lines.dropFirst(3).dropLast(2) == [
                "  ~ notes/a.txt  6 B -> 14 B",
                "  - notes/b.txt  5 B",
                "  + notes/d.txt  6 B",
                "  m notes/백업 노트.txt  6 B",
                "  ~ project.db  12.3 KB",
                "      fresh: ? -> 2 rows",
                "      gone: 1 -> ? rows",
                "      notes: 2 -> 3 rows",
                "  ~ turns  folder",
                "  + turns/in  3 B",
            ]
        )
        #expect(run.lines.suffix(2).first == "rbac: no difference")
        #expect(
            run.lines.last
                == "2 added, 1 removed, 3 changed, 1 with another mode, owner or attribute; "
                + "1 of 2 components differ"
        )
    }

    @Test func backwardsIsTheMirror() throws {
        let place = try DemoStack.shared()
        let ids = try DemoStack.ids(place)
        let lines = try place.recover("diff", ids[1], ids[0]).lines
        #expect(lines.contains("  + notes/b.txt  5 B"))
        #expect(lines.contains("      notes: 3 -> 2 rows"))
        #expect(lines.last?.hasPrefix("1 added, 2 removed, 3 changed") == true)
    }

    @Test func sameAndUncompared() throws {
        let place = try DemoStack.shared()
        let ids = try DemoStack.ids(place)
        let same = try place.recover("diff", ids[0], ids[0])
        #expect(same.lines.last == "no difference")
        #expect(
            try place.recover("diff", ids[0], ids[0], "--json").json()["data.same"]
                == .boolean(true)
        )
        let partial = try place.recover("diff", ids[0], ids[2])
        #expect(
            partial.lines.contains("memory: not compared: \(ids[2]) is of other components only")
        )
        #expect(try place.recover("diff", ids[0], "nothing").status == 25)
    }

    @Test func longListsAreBoundedForPeopleOnly() throws {
        let place = try Workplace()
        try DemoStack.fill(place)
        for number in 0..<50 { try place.write("x", to: "memory/many/\(number)") }
        #expect(try place.recover("backup").status == 0)
        let lines = try place.recover("diff", "latest:2026.01.13").lines
        #expect(lines.contains("memory: 51 added (50 B)"))
        #expect(lines.contains("  and 31 more; --json lists them"))
        let json = try place.recover("diff", "latest:2026.01.13", "--json").json()
        #expect(json["data.components.0.changes"]?.items.count == 51)
    }

    @Test func damagedManifestIsDamage() throws {
        let place = try Workplace()
        try DemoStack.fill(place)
        try DemoStack.change(place)
        _ = try place.shell("rm -rf repository/meta/*")
        #expect(try place.recover("diff", "latest:2026.01.13").status == 20)
        #expect(try place.recover("manifest").status == 20)
        #expect(try place.recover("list").status == 0)
    }
}
