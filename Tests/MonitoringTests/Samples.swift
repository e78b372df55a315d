import Files
import Monitoring
import Operations

let now = Moment(secondsSince1970: 1_768_356_000)

func ago(_ seconds: Int64) -> Moment { Moment(secondsSince1970: now.secondsSince1970 - seconds) }

/// A run that ended so many seconds ago.
func run(
    _ verb: String,
    _ code: Int32,
    _ result: Outcome.Result,
    ago seconds: Int64 = 3600,
    id: String = "id",
    warnings: [Outcome.Problem] = []
) -> Outcome {
    var outcome = Outcome(
        operation: "\(verb)-\(id)-\(seconds)",
        verb: verb,
        stack: "demo",
        host: "host",
        startedAt: ago(seconds + 60).rfc3339,
        finishedAt: ago(seconds).rfc3339,
        durationSeconds: 60,
        exitCode: code,
        result: result,
        facts: OperationFacts()
    )
    outcome.warnings = warnings
    return outcome
}

/// A stack of which everything is as it should be, and everything is known.
var healthy: StackStanding {
    var standing = StackStanding(stack: "demo", now: now, freshnessSeconds: 26 * 3600)
    var snapshots = StackStanding.Snapshots()
    snapshots.count = 3
    snapshots.verifiedCount = 2
    snapshots.newestWhole = ago(6 * 3600)
    snapshots.newestVerified = ago(30 * 3600)
    snapshots.oldest = ago(90 * 86_400)
    snapshots.verifiedLevel = "full"
    standing.snapshots = snapshots
    standing.repositoryBytes = 1000
    standing.freeBytes = 5000
    standing.components = [
        .init(
            name: "memory",
            lastSuccess: ago(6 * 3600),
            isComplete: true,
            sizeBytes: 52_100,
            items: 700,
            unit: "rows"
        )
    ]
    var drill = run("drill", 0, .done, ago: 86_400)
    drill.facts.figures["rto_seconds"] = 12.5
    var restore = run("restore", 0, .done, ago: 7200)
    restore.facts.downtimeSeconds = 37
    standing.operations = OperationStanding.all([
        run("backup", 0, .done, ago: 6 * 3600), run("verify", 0, .done, ago: 86_400), drill,
        restore,
    ])
    standing.expectations = ["backup", "verify", "drill"].map {
        .init(
            operation: $0,
            intervalSeconds: 86_400,
            next: ago(-3600),
            limitSeconds: 35 * 86_400
        )
    }
    standing.models = [.init(version: "202601140210", alias: "current")]
    standing.tag = "2026.01.14"
    return standing
}
