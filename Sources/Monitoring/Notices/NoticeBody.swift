internal import FoundationEssentials
internal import Transfers

/// A notice in the form that each receiver takes.
public enum NoticeBody {
    /// Teams: an Adaptive Card, as the URL of a workflow takes it.
    ///
    /// - Parameter notice: What is to be said.
    /// - Returns: JSON.
    public static func teams(_ notice: Notice) -> [UInt8] {
        let colour = notice.isAlarm ? "Attention" : "Good"
        let card: JSONValue = .object([
            "$schema": .text("http://adaptivecards.io/schemas/adaptive-card.json"),
            "type": .text("AdaptiveCard"),
            "version": .text("1.4"),
            "msteams": .object(["width": .text("Full")]),
            "body": .array([
                .object([
                    "type": .text("TextBlock"), "text": .text(notice.title), "wrap": .boolean(true),
                    "size": .text("Large"), "weight": .text("Bolder"), "color": .text(colour),
                ]),
                .object([
                    "type": .text("FactSet"),
                    "facts": .array(
                        notice.facts.map { fact in
                            .object(["title": .text(fact.name), "value": .text(fact.value)])
                        }
                    ),
                ]),
            ]),
        ])
        let attachment: JSONValue = .object([
            "contentType": .text("application/vnd.microsoft.card.adaptive"),
            "contentUrl": .null,
            "content": card,
        ])
        return bytes(.object(["type": .text("message"), "attachments": .array([attachment])]))
    }

    /// Slack: text for its incoming webhooks.
    ///
    /// - Parameter notice: What is to be said.
    /// - Returns: JSON.
    public static func slack(_ notice: Notice) -> [UInt8] {
        // What Slack would take for links and mentions.
        func plain(_ text: String) -> String {
            text.map { letter in
                switch letter {
                case "&": "&amp;"
                case "<": "&lt;"
                case ">": "&gt;"
                default: String(letter)
                }
            }.joined()
        }
        let lines = notice.facts.map { "*\($0.name)*: \(plain($0.value))" }
        let text = (["*\(plain(notice.title))*"] + lines).joined(separator: "\n")
        return bytes(.object(["text": .text(text)]))
    }

    /// Anybody else: all fields by name.
    ///
    /// - Parameter notice: What is to be said.
    /// - Returns: JSON.
    public static func webhook(_ notice: Notice) -> [UInt8] {
        var fields: [String: JSONValue] = [
            "schema": .text("recover/v1/notice"),
            "event": .text(notice.event.rawValue),
            "title": .text(notice.title),
            "stack": .text(notice.stack),
            "operation": .text(notice.operation),
            "exit_code": .integer(Int64(notice.exitCode)),
            "host": .text(notice.host),
            "finished_at": .text(notice.at),
            "alarm": .boolean(notice.isAlarm),
            "codes": .array(notice.codes.map { .text($0) }),
        ]
        let texts = [
            ("id", notice.id), ("tag", notice.tag), ("snapshot", notice.snapshot),
            ("first_error", notice.firstError), ("state_now", notice.stateNow),
            ("next", notice.next),
        ]
        for (name, value) in texts { fields[name] = value.map { .text($0) } ?? .null }
        if let seconds = notice.seconds { fields["duration_seconds"] = .number(seconds) }
        return bytes(.object(fields))
    }

    /// A check that is pinged: a few lines without paths and without anybody's words.
    ///
    /// - Parameters:
    ///   - notice: What is to be said.
    ///   - limitBytes: As many as the check keeps.
    /// - Returns: Text.
    public static func ping(_ notice: Notice, limitBytes: Int) -> [UInt8] {
        var lines = [notice.title, "result: \(notice.event.rawValue), exit \(notice.exitCode)"]
        if let tag = notice.tag { lines.append("tag: \(tag)") }
        if let snapshot = notice.snapshot { lines.append("snapshot: \(snapshot)") }
        if let seconds = notice.seconds { lines.append("took: \(Int(seconds.rounded())) s") }
        if let id = notice.id { lines.append("operation: \(id)") }
        for code in notice.codes { lines.append("- \(code)") }
        var text = Array(lines.map { $0 + "\n" }.joined().utf8)
        guard text.count > limitBytes else { return text }
        text = Array(text.prefix(max(0, limitBytes)))
        // No half of a letter at the end.
        while let last = text.last, last >= 0x80 { text.removeLast() }
        return text
    }

    private static func bytes(_ value: JSONValue) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else {
            preconditionFailure("texts and numbers always encode")
        }
        return Array(data)
    }
}
