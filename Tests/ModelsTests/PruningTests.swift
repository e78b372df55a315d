import Files
import Models
import Support
import Testing
import Threads

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
        let kept = done.decisions.filter(\.isKept).map(\.version.name)
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

    @Test(arguments: [
        ("current", "../models/202601100210"), ("current", "./202601100210/"),
        ("serving/x", "../202601100210"), ("weights", "202601100210/tokens"),
        ("202601150210/base", "../202601100210/model.bin"),
    ])
    func keepsWhatALinkLeadsToByAnyWay(name: String, target: String) throws {
        let stage = try ModelStage()
        for day in 10...15 { try stage.publish("202601\(day)0210") }
        try Directory(stage.root).makeFolder(Path("serving"))
        try stage.link(name, target)
        let plan = try stage.pruning.plan(keep: 1, pinned: [:])
        #expect(plan.filter(\.isKept).map(\.version.name) == ["202601100210", "202601150210"])
        if name == "current" {
            #expect(try stage.folder.current().version == "202601100210")
        }
    }

    @Test func keepsWhatAChainAndAFolderBehindALinkLeadTo() throws {
        let real = try ModelStage()
        for day in 10...15 { try real.publish("202601\(day)0210") }
        try real.link("stable", "\(real.root)/202601110210")
        try real.link("current", "stable")
        let beside = real.scratch.path.appending("beside")
        try Directory(real.scratch.path).makeLink(Path("beside"), to: real.root)
        let folder = ModelFolder(ModelFolder.Settings(beside))
        #expect(try folder.current().version == "202601110210")
        let plan = try Pruning(folder, lockWaitSeconds: 5, cancellation: Cancellation())
            .plan(keep: 1, pinned: [:])
        #expect(plan.filter(\.isKept).map(\.version.name) == ["202601110210", "202601150210"])
    }

    @Test func linksOfWhatGoesHoldNothing() throws {
        let stage = try ModelStage()
        for day in 10...12 { try stage.publish("202601\(day)0210") }
        try stage.link("202601110210/base", "../202601100210/model.bin")
        let plan = try stage.pruning.plan(keep: 1, pinned: [:])
        #expect(plan.filter(\.isKept).map(\.version.name) == ["202601120210"])
    }

    @Test(arguments: ["202601010000", "../nowhere", "serving"])
    func nothingGoesWhileALinkStandsForNobodyKnowsWhat(target: String) throws {
        let stage = try ModelStage()
        for day in 10...13 { try stage.publish("202601\(day)0210") }
        try Directory(stage.root).makeFolder(Path("serving"))
        try stage.link("canary", target)
        let error = try #require(throws: ModelError.self) {
            try stage.pruning.run(keep: 1, pinned: [:]) { _ in }
        }
        #expect(error.code == .invalid && error.message.contains("canary"))
        #expect(try stage.folder.versions().count == 4)
    }

    @Test func keepsTheVersionThatARollbackReallyGoesTo() throws {
        let stage = try ModelStage()
        for day in 10...14 { try stage.publish("202601\(day)0210") }
        for day in 10...12 { try stage.use("202601\(day)0210") }
        try Directory(stage.root).removeTree(Path("202601110210"))
        #expect(try stage.switching.rollbackTarget() == "202601100210")
        let plan = try stage.pruning.plan(keep: 1, pinned: [:])
        #expect(
            plan.filter(\.isKept).map(\.version.name)
                == ["202601100210", "202601120210", "202601140210"]
        )
    }
}
