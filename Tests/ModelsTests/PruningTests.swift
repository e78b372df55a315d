import Files
import Models
import Testing

@Suite struct PruningTests {
    @Test func keepsWhateverAnythingLeansOn() throws {
        let stage = try ModelStage()
        for day in 10...19 { try stage.publish("202601\(day)0210") }
        try stage.use("202601110210")
        try stage.use("202601120210")
        try Directory(stage.root).makeLink(Path("canary"), to: Path("202601130210"))
        let done = try stage.pruning.run(
            keep: 2,
            pinned: ["202601140210": "pinned by snapshot x"]
        ) { _ in }
        let kept = done.filter(\.isKept).map(\.version.name)
        #expect(
            kept == [
                "202601110210", "202601120210", "202601130210", "202601140210", "202601180210",
                "202601190210",
            ]
        )
        #expect(try stage.folder.versions().map(\.name) == kept)
        #expect(!(try stage.names()).contains { $0.hasPrefix(".recover-") })
    }

    @Test func incompleteVersionsAreLeftAlone() throws {
        let stage = try ModelStage()
        for day in 10...13 { try stage.publish("202601\(day)0210") }
        try Directory(stage.root).makeFolder(Path("202601050210"))
        let plan = try stage.pruning.plan(keep: 1, pinned: [:])
        #expect(plan.filter(\.isKept).map(\.version.name) == ["202601050210", "202601130210"])
        #expect(try stage.folder.versions().count == 5)
    }
}
