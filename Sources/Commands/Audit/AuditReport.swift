internal import Files

/// The one verdict of an audit, and its reasons.
struct AuditReport {
    struct Result: Encodable, Sendable {
        var verdict: String
        var findings: [AuditFinding]
        var checked: [String]
    }

    private let findings: [AuditFinding]
    private let checked: [String]
    private let stack: String

    /// Judges.
    ///
    /// - Parameters:
    ///   - findings: All of them.
    ///   - checked: What was looked at, for people.
    ///   - accepted: Codes that somebody has accepted: risks of these are notes, except for damage,
    ///     which is none that anybody could take.
    ///   - stack: The stack.
    init(
        _ findings: [AuditFinding],
        checked: [String],
        accepted: Set<String>,
        stack: String
    ) {
        self.findings = findings.map { finding in
            guard finding.weight == .risk, finding.code != "damage",
                accepted.contains(finding.code)
            else { return finding }
            var known = finding
            known.weight = .note
            known.message += " (accepted)"
            return known
        }
        self.checked = checked
        self.stack = stack
    }

    /// RECOVERABLE, AT RISK or NOT.
    var verdict: String {
        switch findings.map(\.weight).max() {
        case .fatal?: "NOT RECOVERABLE"
        case .risk?: "AT RISK"
        default: "RECOVERABLE"
        }
    }

    /// Damage has a code of its own; all else is a policy that is not met.
    private var status: ExitStatus {
        let isDamaged = findings.contains { $0.code == "damage" }
        return switch findings.map(\.weight).max() {
        case .fatal?, .risk?: isDamaged ? .damaged : .stale
        default: .done
        }
    }

    var report: Report {
        let sorted = findings.enumerated().sorted {
            ($1.element.weight, $0.offset) < ($0.element.weight, $1.offset)
        }.map(\.element)
        let result = Result(verdict: verdict, findings: sorted, checked: checked)
        var lines = ["checked: " + checked.joined(separator: ", ")]
        for finding in sorted where finding.weight != .note {
            let place = finding.component.map { "\($0): " } ?? ""
            let word = finding.weight == .fatal ? "FATAL" : "RISK "
            lines.append("\(word) \(place)\(finding.message) [\(finding.code)]")
            if let next = finding.next { lines.append("      Next: \(next)") }
        }
        let risks = sorted.count { $0.weight != .note }
        let why = risks == 0 ? "" : ": \(risks) reasons"
        lines.append("\(verdict)  \(stack)\(risks == 1 ? ": one reason" : why)")
        var report = Report("audit", data: result, lines: lines)
        report.stack = stack
        report.status = status
        report.warnings = sorted.filter { $0.weight == .note }.map {
            .init(code: $0.code, component: $0.component, message: $0.message)
        }
        report.failures = sorted.filter { $0.weight != .note }.map {
            .init(
                code: $0.code,
                component: $0.component,
                message: $0.message,
                state: "nothing was changed",
                next: $0.next
            )
        }
        return report
    }
}
