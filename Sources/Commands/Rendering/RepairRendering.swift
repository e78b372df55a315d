internal import Deduplication

/// Shows what a repair will do, or has done.
struct RepairRendering {
    private static let lineLimit = 20
    /// What is left to do about what a repair cannot bring back.
    private static let afterwards =
        "recover backup --reread, which makes a whole snapshot of what is live"

    let stack: String

    /// The plan, for people.
    static func lines(_ plan: RepairPlan) -> [String] {
        var lines = plan.steps.prefix(lineLimit).map { line($0, "will") }
        if plan.steps.count > lineLimit {
            lines.append("and \(plan.steps.count - lineLimit) more steps; --json lists all")
        }
        if !plan.lost.isEmpty {
            lines.append("\(plan.lost.count) chunks lie nowhere any more: what they held is lost")
        }
        return lines
    }

    private static func line(_ step: RepairPlan.Step, _ tense: String) -> String {
        let (planned, done) =
            switch step.kind {
            case .rewrite: ("would write", "wrote")
            case .index: ("would make anew", "made anew")
            case .pack: ("would replace", "replaced")
            case .recapture: ("would take from a live file", "took from a live file")
            case .remove: ("would remove", "removed")
            case .unmark: ("would take back", "took back")
            }
        return "\(tense == "will" ? planned : done) \(step.name): \(step.why)"
    }

    /// A plan that is not carried out.
    func report(_ plan: RepairPlan, isDryRun: Bool) -> Report {
        let result = RepairVerb.Result(
            isDryRun: isDryRun,
            steps: plan.steps,
            recoveredChunks: plan.recovered,
            healed: [],
            damage: plan.damage
        )
        var report = Report("repair", data: result, lines: Self.lines(plan))
        report.stack = stack
        let next = plan.steps.isEmpty ? Self.afterwards : "recover repair"
        if !plan.damage.isEmpty {
            fail(&report, plan.damage, "misses", state: "nothing was changed", next: next)
        }
        if plan.steps.isEmpty {
            report.lines.append(
                plan.damage.isEmpty
                    ? "OK nothing is to be repaired"
                    : "FAIL nothing can be repaired. Next: \(next)"
            )
        } else {
            report.lines.append("Nothing was done: this was a dry run. Next: \(next)")
        }
        return report
    }

    /// What was done.
    func report(_ outcome: RepairOutcome, _ operation: String) -> Report {
        let result = RepairVerb.Result(
            isDryRun: false,
            steps: outcome.steps,
            recoveredChunks: outcome.recovered,
            healed: outcome.healed.map(\.text),
            damage: outcome.damage
        )
        var lines = outcome.steps.prefix(Self.lineLimit).map { Self.line($0, "did") }
        lines += outcome.healed.map { "OK snapshot \($0) is whole again" }
        var report = Report("repair", data: result, lines: lines)
        report.stack = stack
        report.operation = operation
        if outcome.damage.isEmpty {
            report.lines.append("OK repaired: every snapshot is proven whole")
        } else {
            let state = "everything else is proven whole"
            fail(&report, outcome.damage, "has lost", state: state, next: Self.afterwards)
            report.lines.append("FAIL some of it is lost. Next: \(Self.afterwards)")
        }
        return report
    }

    /// Names what is lost.
    private func fail(
        _ report: inout Report,
        _ damage: [Damage],
        _ verb: String,
        state: String,
        next: String
    ) {
        report.status = .damaged
        report.failures = damage.map { item in
            let components = Set(item.touches.compactMap(\.component))
            return .init(
                code: "damage",
                component: components.count == 1 ? components.first : nil,
                message: "\(item.kind.rawValue) \(item.name): \(item.reasons.first ?? "")",
                state: state,
                next: next
            )
        }
        var places: [String] = []
        for touched in damage.flatMap(\.touches) {
            let place = [touched.component, touched.path].compactMap { $0 }.joined(separator: "/")
            let name = place.isEmpty ? "all of it" : "\(place) (\(touched.what))"
            places.append("FAIL snapshot \(touched.snapshot) \(verb) \(name)")
        }
        report.lines += places.prefix(Self.lineLimit)
        if places.count > Self.lineLimit {
            report.lines.append("and \(places.count - Self.lineLimit) more; --json lists all")
        }
    }
}
