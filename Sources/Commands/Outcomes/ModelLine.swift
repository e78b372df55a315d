internal import Models

/// A line of the journal of a model folder.
struct ModelLine: Encodable, Sendable {
    var component: String
    var seq: Int
    var at: String
    var action: String
    var outcome: String
    var from: String?
    var to: String?
    var why: String?
    var user: String
    var sudoUser: String?
    var host: String

    enum CodingKeys: String, CodingKey {
        case component, seq, at, action, outcome, from, to, why, user, host
        case sudoUser = "sudo_user"
    }

    /// The lines of all model folders of a stack, the oldest first.
    static func all(_ configuration: Configuration) throws(CommandFailure) -> [ModelLine] {
        var lines: [ModelLine] = []
        for component in configuration.components {
            guard case .versions(let options) = component.kind else { continue }
            let folder = ModelFolder(try ModelPlace.settings(options))
            let journal = try modelling { () throws(ModelError) in try folder.journal() }
            lines += journal.map { ModelLine(component.name, $0) }
        }
        return lines.sorted { ($0.at, $0.seq) < ($1.at, $1.seq) }
    }

    private init(_ component: String, _ line: ModelJournal.Line) {
        self.component = component
        seq = line.seq
        at = line.time
        action = line.action.rawValue
        outcome = line.outcome.rawValue
        from = line.from
        to = line.to
        why = line.why
        user = line.user
        sudoUser = line.sudoUser
        host = line.host
    }

    static func table(_ lines: [ModelLine]) -> [String] {
        var table = TextTable([
            ("TIME", .left), ("COMPONENT", .left), ("ACTION", .left), ("OUTCOME", .left),
            ("FROM", .left), ("TO", .left), ("BY", .left), ("WHY", .left),
        ])
        for line in lines {
            table.add([
                TimeText.short(line.at), line.component, line.action, line.outcome,
                line.from ?? "-", line.to ?? "-", line.sudoUser ?? line.user, line.why ?? "",
            ])
        }
        return table.lines
    }
}
