internal import Operations

/// Outcomes as a table for people.
enum OutcomeTable {
    static func lines(_ outcomes: [Outcome]) -> [String] {
        if outcomes.isEmpty { return ["nothing was done yet"] }
        var table = TextTable([
            ("TIME", .left), ("OPERATION", .left), ("COMMAND", .left), ("RESULT", .left),
            ("TAG", .left), ("SNAPSHOT", .left), ("BY", .left), ("WHY", .left),
        ])
        for outcome in outcomes {
            table.add([
                TimeText.short(outcome.startedAt), outcome.operation,
                outcome.verb.replacing("-", with: " "), outcome.result.rawValue,
                outcome.facts.tag ?? "-", outcome.facts.snapshot ?? "-", outcome.account,
                outcome.firstError ?? outcome.facts.reason ?? "",
            ])
        }
        return table.lines
    }
}
