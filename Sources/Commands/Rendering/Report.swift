internal import Files
internal import FoundationEssentials

/// The result of a command: data for programs, lines for people, one status.
struct Report: Sendable {
    /// Something that a person should know although the command did its work.
    struct Warning: Encodable, Sendable {
        var code: String
        var component: String?
        var message: String
    }

    /// The verb, which names the JSON schema.
    let verb: String
    /// What `--json` gives as `data`.
    let data: any Encodable & Sendable
    /// What people read: 5 to 12 lines, the most important last.
    var lines: [String]
    /// Whether the lines are a document that was asked for: then they are printed as they are,
    /// also under `--quiet`.
    var isDocument = false
    var warnings: [Warning] = []
    /// The operation's id, for commands that change something.
    var operation: String?
    var stack: String?
    var status: ExitStatus = .done
    /// The code to end with where it is none of ours, such as that of Nagios.
    var exitCode: Int32?
    /// Whether everything is said already.
    var isSaid = false
    /// What `--json` gives as `errors`, for commands that report failures and go on.
    var failures: [Envelope.Failure] = []

    init(_ verb: String, data: any Encodable & Sendable, lines: [String]) {
        self.verb = verb
        self.data = data
        self.lines = lines
    }

    /// The same, where warnings may stand in the way of success.
    func judged(strictly isStrict: Bool) -> Report {
        var report = self
        if isStrict, status == .done, !warnings.isEmpty { report.status = .incomplete }
        return report
    }
}

/// The one JSON document on standard output.
struct Envelope: Encodable {
    struct Failure: Encodable, Sendable {
        var code: String
        var component: String?
        var message: String
        var state: String
        var next: String?
    }

    var schema: String
    var ok: Bool
    var exitCode: Int32
    var operation: String?
    var stack: String?
    var startedAt: String
    var finishedAt: String
    var warnings: [Report.Warning]
    var errors: [Failure]
    var data: AnyValue?

    enum CodingKeys: String, CodingKey {
        case schema
        case ok
        case exitCode = "exit_code"
        case operation
        case stack
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case warnings
        case errors
        case data
    }

    /// The document as text with a line feed.
    func text() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(self) else {
            preconditionFailure("reports hold only plain values")
        }
        return String(decoding: bytes, as: UTF8.self) + "\n"
    }
}

/// Any encodable value.
struct AnyValue: Encodable {
    let value: any Encodable

    func encode(to encoder: any Encoder) throws {
        try value.encode(to: encoder)
    }
}

extension Envelope {
    /// A small object on a line of its own.
    static func line(_ values: [String: String]) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(values) else {
            preconditionFailure("texts always encode")
        }
        return String(decoding: bytes, as: UTF8.self) + "\n"
    }
}
