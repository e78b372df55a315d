internal import Monitoring

/// The result of a verb that only looks: its checks, and what they come to.
struct Findings: Encodable, Sendable {
    let checks: [Check]
    let passed: Int
    let warned: Int
    let failed: Int

    init(_ checks: [Check]) {
        self.checks = checks
        passed = checks.count { $0.verdict == .pass }
        warned = checks.count { $0.verdict == .warn }
        failed = checks.count { $0.verdict == .fail }
    }

    /// The report of a verb.
    ///
    /// - Parameters:
    ///   - verb: Its name.
    ///   - status: How it ends where a check fails.
    ///   - stack: The stack's name.
    ///   - next: What to run where a check fails.
    ///   - extra: Lines between the checks and the verdict.
    /// - Returns: Every check on a line, the verdict last.
    func report(
        _ verb: String,
        failing status: ExitStatus,
        _ stack: String,
        next: String,
        extra: [String] = []
    ) -> Report {
        let advice = failed > 0 ? ["Next: \(next)"] : []
        let lines = checks.map(\.line) + extra + advice + [summary]
        var report = Report(verb, data: self, lines: lines)
        report.stack = stack
        report.status = failed > 0 ? status : .done
        report.warnings = checks.filter { $0.verdict == .warn }.map {
            .init(code: $0.name, component: $0.subject, message: $0.message)
        }
        report.failures = checks.filter { $0.verdict == .fail }.map {
            .init(
                code: $0.name,
                component: $0.subject,
                message: $0.message,
                state: "nothing was changed",
                next: next
            )
        }
        return report
    }

    private var summary: String {
        if failed == 0 {
            return "OK \(passed) checks passed" + (warned > 0 ? ", \(warned) with a warning" : "")
        }
        let names = checks.filter { $0.verdict == .fail }.map { check in
            check.subject.map { "\(check.name) \($0)" } ?? check.name
        }
        return "FAIL \(failed) of \(checks.count) checks: \(names.joined(separator: ", "))"
    }
}
