import Files
import Models
import Support
import Testing

@Suite struct ModelSwitchTests {
    @Test func linkNamesTheVersionAndTheJournalSaysSo() throws {
        let stage = try ModelStage()
        for version in ["202601140210", "202601150210"] { try stage.publish(version) }
        try stage.use("202601140210")
        try stage.use("202601150210")
        #expect(try stage.folder.current() == link("202601150210"))
        let lines = try stage.folder.journal()
        #expect(lines.map(\.seq) == Array(1...lines.count))
        #expect(lines.last?.outcome == .done && lines.last?.from == "202601140210")
        #expect(try stage.switching.rollbackTarget() == "202601140210")
    }

    @Test func rollbackGoesToTheLastGoodAndNeverToTheSecondByName() throws {
        let stage = try ModelStage()
        for day in ["11", "12", "13", "14"] { try stage.publish("202601\(day)0210") }
        try stage.use("202601140210")
        try stage.use("202601110210")
        try stage.use("202601130210")
        let outcome = try stage.switching.run(to: nil, why: "bad answers") { _ in .passed }
        #expect(outcome.to == "202601110210" && outcome.from == "202601130210")
        // What was rolled back from is not good any more.
        #expect(try stage.switching.rollbackTarget() == "202601140210")
    }

    @Test func rollbackWithoutHistoryIsRefused() throws {
        let stage = try ModelStage()
        try stage.publish("202601140210")
        let error = try #require(throws: ModelError.self) {
            try stage.switching.run(to: nil, why: nil) { _ in .passed }
        }
        #expect(error.code == .notFound)
        #expect(try stage.folder.current().kind == .none)
    }

    @Test func unhealthyVersionIsTakenBack() throws {
        let stage = try ModelStage()
        for version in ["202601140210", "202601150210"] { try stage.publish(version) }
        try stage.use("202601140210")
        var seen: String?
        let error = try #require(throws: ModelError.self) {
            try stage.switching.run(to: "202601150210", why: nil) { version in
                seen = (try? stage.folder.current())?.version
                return .failed("status 503 for \(version)")
            }
        }
        #expect(error.code == .reverted)
        #expect(seen == "202601150210")
        #expect(try stage.folder.current() == link("202601140210"))
        #expect(try stage.folder.journal().last?.outcome == .reverted)
    }

    @Test func firstVersionThatIsUnhealthyLeavesNoLink() throws {
        let stage = try ModelStage()
        try stage.publish("202601140210")
        #expect(throws: ModelError.self) {
            try stage.switching.run(to: "202601140210", why: nil) { _ in .failed("no") }
        }
        #expect(try stage.folder.current().kind == .none)
    }

    @Test func damagedOrIncompleteVersionIsNeverUsed() throws {
        let stage = try ModelStage()
        for version in ["202601140210", "202601150210"] { try stage.publish(version) }
        try stage.use("202601140210")
        try stage.overwrite("202601150210/model.bin", "other bytes!")
        let damaged = try #require(throws: ModelError.self) { try stage.use("202601150210") }
        #expect(damaged.code == .damaged)
        #expect(damaged.message.contains("202601150210/model.bin"))
        try Directory(stage.root).makeFolder(Path("202601160210"))
        let empty = try #require(throws: ModelError.self) { try stage.use("202601160210") }
        #expect(empty.code == .notReady)
        let missing = try #require(throws: ModelError.self) { try stage.use("202601170210") }
        #expect(missing.code == .notFound)
        #expect(try stage.folder.current() == link("202601140210"))
    }

    @Test func folderInTheLinksPlaceIsRefused() throws {
        let stage = try ModelStage()
        try stage.publish("202601140210")
        try Directory(stage.root).makeFolder(Path("current"))
        let error = try #require(throws: ModelError.self) { try stage.use("202601140210") }
        #expect(error.code == .invalid)
    }

    @Test func killedRunIsSettledByTheNext() throws {
        let stage = try ModelStage()
        for version in ["202601140210", "202601150210"] { try stage.publish(version) }
        try stage.use("202601140210")
        try stage.killSwitch(from: "202601140210", to: "202601150210")
        let root = try Directory(stage.root)
        try root.makeLink(Path(".recover-link-old"), to: Path("202601140210"))
        let outcome = try stage.switching.run(to: nil, why: nil) { _ in .passed }
        #expect(outcome.from == "202601150210" && outcome.to == "202601140210")
        #expect(try stage.folder.journal().contains { $0.outcome == .found })
        #expect(!(try stage.names()).contains { $0.hasPrefix(".recover-") })
    }

    @Test func runKilledAtItsGateIsAskedAgainAndItsOriginIsTheWayBack() throws {
        let stage = try ModelStage()
        for day in 13...15 { try stage.publish("202601\(day)0210") }
        try stage.use("202601130210")
        try stage.use("202601140210")
        try stage.killSwitch(from: "202601140210", to: "202601150210")
        #expect(try stage.switching.rollbackTarget() == "202601140210")
        var seen: [String] = []
        let error = try #require(throws: ModelError.self) {
            try stage.switching.run(to: "202601150210", why: nil) { version in
                seen.append(version)
                return .failed("no model")
            }
        }
        #expect(error.code == .reverted && seen == ["202601150210"])
        #expect(try stage.folder.current() == link("202601140210"))
        #expect(try stage.switching.rollbackTarget() == "202601130210")
    }

    @Test func runKilledAtItsGateCountsOnceItPassed() throws {
        let stage = try ModelStage()
        for day in 13...15 { try stage.publish("202601\(day)0210") }
        try stage.use("202601140210")
        try stage.killSwitch(from: "202601140210", to: "202601150210")
        let outcome = try stage.switching.run(to: "202601150210", why: nil) { _ in .passed }
        #expect(!outcome.isChanged)
        #expect(try stage.folder.journal().last?.outcome == .done)
        try stage.use("202601130210")
        #expect(try stage.switching.rollbackTarget() == "202601150210")
    }

    @Test func runThatCameBackFromTheDeadIsNotGoodByItself() throws {
        let stage = try ModelStage()
        for day in 13...15 { try stage.publish("202601\(day)0210") }
        try stage.use("202601140210")
        try stage.killSwitch(from: "202601140210", to: "202601150210")
        try stage.use("202601130210")
        #expect(try stage.folder.journal().contains { $0.outcome == .found })
        #expect(try stage.switching.rollbackTarget() == "202601140210")
    }

    @Test func versionOfWhichNothingIsStatedIsNeverUsed() throws {
        let stage = try ModelStage()
        try stage.publish("202601140210")
        try stage.overwrite("202601140210/MANIFEST.sha256", "")
        let empty = try #require(throws: ModelError.self) { try stage.use("202601140210") }
        #expect(empty.code == .notReady)
        try Directory(stage.root.appending("202601140210")).remove(Path("MANIFEST.sha256"))
        let none = try #require(throws: ModelError.self) { try stage.use("202601140210") }
        #expect(none.code == .notReady)
        #expect(try stage.folder.current().kind == .none)
    }

    private func link(_ version: String) -> CurrentLink {
        CurrentLink(kind: .link, target: Path(version), version: version)
    }

    @Test func whatCannotBeClearedAwayStopsNobody() throws {
        let stage = try ModelStage()
        let first = try stage.publish("202601140210")
        let strange = Path(".recover-publish-zzz")
        try stage.scratch.folder().folder(Path("models")).open(strange, .create).append([1])
        let outcome = try stage.switching.run(to: first, why: nil) { _ in .passed }
        #expect(try stage.folder.current().version == first)
        #expect(outcome.leftovers.count == 1)
        #expect(outcome.leftovers.first?.contains(strange.description) == true)
        let source = try stage.source("more", "more")
        let made = try stage.publication.run(source, version: nil, why: nil)
        #expect(made.leftovers.count == 1)
        // No run made it: it is not ours to remove.
        #expect(try stage.names().contains(strange.description))
    }
}
