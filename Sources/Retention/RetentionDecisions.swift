public import Calendars
public import Files

extension RetentionPolicy {
    /// Decides about all snapshots of a stack; looks at nothing but its arguments.
    ///
    /// - Parameters:
    ///   - candidates: All of the stack, in any order.
    ///   - now: The present; what is dated later stays and fills no place.
    ///   - zone: Whose calendar counts.
    ///   - deployedTags: The TAGs that are in use.
    /// - Returns: One decision each, the newest first.
    public func decide(
        about candidates: [RetentionCandidate],
        now: Moment,
        zone: Zone,
        deployedTags: Set<String>
    ) -> [RetentionDecision] {
        let all = candidates.sorted { ($0.seq, $0.id) > ($1.seq, $1.id) }
        var ledger = Ledger()
        holdFixed(all, now, deployedTags, &ledger)
        let present = all.filter { $0.takenAt <= now && !$0.isImport }
        let ordinary = present.filter { !$0.isSafety }
        let whole = ordinary.filter(\.isWhole)
        for (number, candidate) in whole.prefix(keepVerified).enumerated() {
            ledger.keep(candidate, "newest", "whole snapshot \(number + 1) of \(keepVerified)")
        }
        for (number, candidate) in whole.filter(\.isVerified).prefix(keepVerified).enumerated() {
            ledger.keep(candidate, "verified", "verified \(number + 1) of \(keepVerified)")
        }
        let scope = Scope(now: now, zone: zone)
        scope.apply(keep, "keep", to: whole, within: ordinary, &ledger)
        applyToOthers(ordinary, whole, scope, &ledger)
        for (reason, rule) in perReason.sorted(by: { $0.key < $1.key }) {
            let group = present.filter { $0.reason == reason }
            let name = "per_reason.\(reason)"
            scope.apply(rule, name, to: group.filter(\.isSound), within: group, &ledger)
        }
        for tag in Set(ordinary.compactMap(\.tag)).sorted() {
            let group = ordinary.filter { $0.tag == tag }
            scope.apply(perTag, "per_tag", to: group.filter(\.isWhole), within: group, &ledger)
        }
        let guards = present.filter(\.isSafety)
        scope.apply(safety, "safety", to: guards.filter(\.isSound), within: guards, &ledger)
        return all.map { ledger.decision($0, others: ordinary, keepVerified) }
    }

    /// What no rule can undo.
    private func holdFixed(
        _ all: [RetentionCandidate],
        _ now: Moment,
        _ deployedTags: Set<String>,
        _ ledger: inout Ledger
    ) {
        for candidate in all {
            for pin in candidate.pins { ledger.keep(candidate, "pinned", "pinned: \(pin)") }
            for use in candidate.uses { ledger.keep(candidate, "in-use", "in use: \(use)") }
            if candidate.isImport {
                ledger.keep(candidate, "import", "made of an archive by hand")
            } else if candidate.takenAt > now {
                ledger.keep(candidate, "future", "dated later than the clock of this machine")
            }
        }
        for tag in deployedTags.sorted() {
            let group = all.filter { $0.tag == tag && !$0.isImport }
            let last =
                group.first { $0.isWhole && !$0.isSafety } ?? group.first(where: \.isSound)
                ?? group.first
            if let last { ledger.keep(last, "deployed", "the last of the deployed TAG \(tag)") }
        }
    }

    /// Partial, incomplete and damaged ones fill places of their own, and only until enough
    /// whole ones are newer.
    private func applyToOthers(
        _ ordinary: [RetentionCandidate],
        _ whole: [RetentionCandidate],
        _ scope: Scope,
        _ ledger: inout Ledger
    ) {
        var newer = 0
        var others: [RetentionCandidate] = []
        for candidate in ordinary {
            if candidate.isWhole {
                newer += 1
                if newer == keepVerified { break }
            } else {
                others.append(candidate)
            }
        }
        let text = "fewer than \(keepVerified) whole ones are newer"
        scope.apply(keep, "keep", to: others, within: [], &ledger, suffix: ", " + text)
    }

    /// What keeps each snapshot, gathered rule by rule.
    private struct Ledger {
        private var causes: [String: [RetentionDecision.Cause]] = [:]

        mutating func keep(_ candidate: RetentionCandidate, _ rule: String, _ text: String) {
            causes[candidate.id, default: []].append(.init(rule: rule, text: text))
        }

        func decision(
            _ candidate: RetentionCandidate,
            others: [RetentionCandidate],
            _ floor: Int
        ) -> RetentionDecision {
            if let causes = causes[candidate.id] {
                return RetentionDecision(id: candidate.id, isKept: true, causes: causes)
            }
            var what: [String] = []
            if candidate.isDamaged { what.append("damaged") }
            if !candidate.isComplete { what.append("incomplete") }
            if !candidate.isFull { what.append("partial") }
            let text =
                what.isEmpty || candidate.isSafety
                ? "no rule keeps it"
                : what.joined(separator: ", ") + ", and no rule keeps it"
            let cause = RetentionDecision.Cause(rule: "none", text: text)
            return RetentionDecision(id: candidate.id, isKept: false, causes: [cause])
        }
    }

    /// Where a rule counts: its calendar and its present.
    private struct Scope {
        let now: Moment
        let zone: Zone

        /// Applies a rule to one group, the newest first.
        ///
        /// - Parameters:
        ///   - rule: The rule.
        ///   - name: Its place in the policy.
        ///   - group: Those that fill places.
        ///   - covered: Those that `within` keeps.
        ///   - ledger: What keeps each snapshot.
        ///   - suffix: What is said besides.
        func apply(
            _ rule: RetentionRule,
            _ name: String,
            to group: [RetentionCandidate],
            within covered: [RetentionCandidate],
            _ ledger: inout Ledger,
            suffix: String = ""
        ) {
            for (number, candidate) in group.prefix(rule.last).enumerated() {
                ledger.keep(candidate, "\(name).last", "\(number + 1) of \(rule.last)\(suffix)")
            }
            for period in Period.allCases where period.count(in: rule) > 0 {
                let count = period.count(in: rule)
                var seen: Set<String> = []
                for candidate in group where seen.count < count {
                    let place = period.name(of: candidate.takenAt, in: zone)
                    guard seen.insert(place).inserted else { continue }
                    let text = "newest of \(place), \(seen.count) of \(count)\(suffix)"
                    ledger.keep(candidate, "\(name).\(period.rawValue)", text)
                }
            }
            let reach = rule.within.components.seconds
            for candidate in covered where reach > 0 {
                let (age, overflow) = now.nanoseconds.subtractingReportingOverflow(
                    candidate.takenAt.nanoseconds
                )
                if overflow || age >= reach * 1_000_000_000 { continue }
                ledger.keep(candidate, "\(name).within", "younger than \(Self.text(reach))")
            }
        }

        private static func text(_ seconds: Int64) -> String {
            for (unit, length) in [("d", Int64(86_400)), ("h", 3600), ("m", 60)]
            where seconds % length == 0 {
                return "\(seconds / length)\(unit)"
            }
            return "\(seconds)s"
        }
    }
}
