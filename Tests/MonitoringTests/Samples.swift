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

/// A verification of everything that proved some of it.
func proving(_ kinds: [Proof.Kind], ago seconds: Int64, code: Int32 = 0) -> Outcome {
    var outcome = run("verify", code, code == 0 ? .done : .damaged, ago: seconds)
    outcome.facts.figures[Proof.wholeFigure] = 1
    for kind in kinds { outcome.facts.figures[kind.figure] = 1 }
    return outcome
}

let day = 86_400

/// As the defaults want them: `{quick: each, full: 7d, deep: 30d, drill: 30d}`, a verification every
/// night, a drill every month.
func proofs(_ runs: [Outcome]) -> [Proof] {
    let spans: [Proof.Kind: Int] = [.full: 7 * day, .deep: 30 * day, .drill: 30 * day]
    return Proof.Kind.allCases.map { kind in
        Proof(
            kind,
            spanSeconds: spans[kind],
            slotSeconds: kind == .drill ? 31 * day : day,
            runs: runs
        )
    }
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
    let verify = proving([.quick, .full, .deep], ago: 86_400)
    let runs = [run("backup", 0, .done, ago: 6 * 3600), verify, drill, restore]
    standing.operations = OperationStanding.all(runs)
    standing.expectations = ["backup", "verify", "drill"].map {
        .init(operation: $0, intervalSeconds: 86_400, next: ago(-3600))
    }
    standing.proofs = proofs(runs)
    standing.health = [
        Check("http", "api", .pass, "200"), Check("containers", "web", .fail, "exited"),
        Check("disk", nil, .warn, "nearly full"),
    ]
    standing.models = [.init(version: "202601140210", alias: "current")]
    standing.tag = "2026.01.14"
    return standing
}
