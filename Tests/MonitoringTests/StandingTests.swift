import Files
import Operations
import Testing

@testable import Monitoring

@Suite struct StandingTests {
    @Test func aHealthyStackHasNoConcern() {
        #expect(healthy.concerns == [])
        #expect(healthy.exitCode == 0 && healthy.weight == nil && !healthy.isStale)
    }

    @Test func freshnessIsABoundary() {
        var standing = healthy
        standing.snapshots?.newestWhole = ago(26 * 3600)
        #expect(!standing.isStale)
        standing.snapshots?.newestWhole = ago(26 * 3600 + 1)
        #expect(standing.isStale && standing.exitCode == 27 && standing.weight == .critical)
        standing.snapshots?.newestWhole = nil
        #expect(standing.concerns.first?.code == "no-backup" && standing.exitCode == 27)
        #expect(healthy.isFresh && !standing.isFresh)
        // Of a repository that is gone nobody knows.
        standing.snapshots = nil
        #expect(!standing.isStale && !standing.isFresh)
    }

    @Test func theWorstComesFirst() {
        var standing = healthy
        standing.components[0].isComplete = false
        #expect(standing.exitCode == 3 && standing.weight == .warning)
        standing.unfinished = ["the restore x"]
        #expect(standing.exitCode == 24)
        standing.snapshots?.damaged = ["snapshots/a.json"]
        #expect(standing.exitCode == 20)
        standing.snapshots = nil
        standing.isRepositoryMissing = true
        #expect(standing.exitCode == 10 && standing.concerns.first?.code == "repository")
    }

    @Test func whatRunsAndIsNotNamedIsSaid() {
        var standing = healthy
        standing.drift = ["api: a:1 is sha256:1 now, but sha256:2 runs", "db: x"]
        #expect(standing.concerns.map(\.code) == ["image-drift"])
        #expect(standing.exitCode == 3 && standing.weight == .warning)
        #expect(standing.concerns[0].message.hasSuffix("but sha256:2 runs and 1 more"))
    }

    @Test func aClockOfTheFutureIsSaid() {
        var standing = healthy
        standing.snapshots?.newestWhole = ago(-7200)
        #expect(standing.concerns.map(\.code) == ["clock"])
    }

    @Test(
        "The exit code decides how a run ended",
        arguments: [
            (Int32(0), Ending.ok), (1, .failed), (3, .failed), (10, .failed), (11, .skipped),
            (13, .failed), (20, .failed), (21, .reverted), (22, .failed), (24, .failed),
            (25, .skipped), (26, .skipped), (27, .failed), (75, .skipped), (130, .failed),
        ]
    )
    func ending(code: Int32, wanted: Ending) {
        #expect(run("backup", code, .done).ending == wanted)
        let warned = run("backup", code, .done, warnings: [.init(code: "x", message: "y")])
        #expect(warned.ending == (code == 0 ? .warning : wanted))
    }

    @Test func aFailedRunIsAConcernUntilOneSucceeds() {
        var standing = healthy
        standing.expectations = []
        let failed = run("backup", 1, .failed, ago: 100)
        standing.operations = OperationStanding.all([failed])
        #expect(standing.concerns.map(\.code) == ["backup-failed"])
        let skipped = run("backup", 75, .skipped, ago: 50)
        standing.operations = OperationStanding.all([failed, skipped])
        #expect(standing.concerns.map(\.code) == ["backup-failed"])
        var partial = run("backup", 0, .done, ago: 40)
        partial.facts.figures["partial"] = 1
        standing.operations = OperationStanding.all([failed, partial])
        #expect(standing.concerns.map(\.code) == ["backup-failed"])
        #expect(standing.operation("backup")?.lastSuccess == nil)
        standing.operations = OperationStanding.all([failed, run("backup", 0, .done, ago: 30)])
        #expect(standing.concerns == [])
        standing.operations = OperationStanding.all([run("rollback", 22, .notReverted)])
        #expect(standing.exitCode == 22 && standing.weight == .critical)
    }

    @Test func ofTwoRecordsOfOneRunTheLaterCounts() {
        let first = run("verify", 0, .done, ago: 100)
        var amended = first
        amended.exitCode = 1
        let standing = OperationStanding.all([first, amended])
        #expect(standing[0].counts == [.failed: 1] && standing[0].lastSuccess == nil)
    }

    @Test func overdueVerificationsAndDrillsAreSaid() throws {
        var standing = healthy
        let drill = run("drill", 0, .done, ago: 86_400)
        standing.proofs = proofs([proving([.quick, .full, .deep], ago: 3 * 86_400), drill])
        #expect(standing.concerns.map(\.code) == ["verify-overdue"])
        #expect(standing.exitCode == 3 && standing.weight == .warning)
        let quick = try #require(standing.concerns.first)
        #expect(quick.message.contains("no quick verification succeeded in 2 d"))
        #expect(quick.next == "recover verify --all --level quick")
        // The most thorough of those that are late stands for all.
        standing.proofs = proofs([proving([.quick, .full, .deep], ago: 36 * 86_400), drill])
        #expect(standing.concerns.map(\.code) == ["verify-overdue"])
        #expect(standing.concerns.first?.next == "recover verify --all --level deep")
        standing.proofs = proofs([])
        #expect(standing.concerns.map(\.code) == ["verify-overdue", "drill-overdue"])
        #expect(standing.concerns.last?.message.contains("there was none yet") == true)
        // Nothing is late of what began yesterday, and nothing of a stack without a snapshot.
        standing.snapshots?.oldest = ago(86_400)
        #expect(standing.concerns == [])
        standing.snapshots?.oldest = ago(400 * 86_400)
        standing.snapshots?.count = 0
        #expect(!standing.concerns.contains { $0.code.hasSuffix("-overdue") })
    }

    @Test(
        "Ages for people",
        arguments: [
            (0, "0 s"), (59, "59 s"), (60, "1 min"), (3700, "1 h 1 min"), (6 * 3600, "6 h"),
            (112_000, "1 d 7 h"), (12 * 86_400 + 3600, "12 d"),
        ]
    )
    func age(seconds: Int, text: String) {
        #expect(AgeText.text(seconds) == text)
    }
}

@Suite struct ShrinkageTests {
    private func counts(_ bytes: UInt64, files: UInt64 = 10, rows: UInt64 = 100) -> ComponentCounts
    {
        .init(sizeBytes: bytes, files: files, databases: 1, items: rows, unit: "rows")
    }

    @Test func halfIsTheLimit() {
        #expect(Shrinkage.find(counts(50), before: [counts(100)]) == [])
        #expect(Shrinkage.find(counts(49), before: [counts(100)]).map(\.unit) == ["bytes"])
        let rows = Shrinkage.find(counts(100, rows: 49), before: [counts(100)])
        #expect(rows == [.init(unit: "rows", usual: 100, now: 49)])
        #expect(Shrinkage.find(counts(0, files: 0, rows: 0), before: []) == [])
    }

    @Test func theMedianOfTheLastFiveIsUsual() {
        let before = [1000, 1000, 1000, 100, 110, 90, 105, 95].map { counts($0) }
        #expect(Shrinkage.find(counts(60), before: before) == [])
        // One outlier moves nothing.
        #expect(Shrinkage.find(counts(49), before: before + [counts(9000)]).map(\.usual) == [105])
        #expect(Shrinkage.median([2, 10]) == 10)
    }

    @Test func pointsAreNotComparedWithFiles() {
        var before = counts(100)
        before.unit = "points"
        #expect(Shrinkage.find(counts(100, rows: 1), before: [before]) == [])
    }
}
