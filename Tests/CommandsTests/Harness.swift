import FoundationEssentials
import Glibc
import Processes
import Testing

/// What a program that a user started left behind.
struct ProgramRun {
    let status: Int32
    let output: String
    let outputBytes: [UInt8]
    let errors: String

    /// The one document on standard output.
    func json() throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: Data(outputBytes))
    }

    /// The lines of standard output.
    var lines: [String] {
        output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }
}

/// A folder for one test, in which the built program and those of the system run.
final class Workplace: Sendable {
    let folder: String
    /// The folder that holds the tests and, built with them, the program.
    static let buildFolder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().path

    init() throws {
        var template = Array("/tmp/recover-commands-XXXXXX".utf8CString)
        let made = unsafe mkdtemp(&template) != nil
        try #require(made)
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { remove() }

    /// Removes the folder, whatever modes are in it.
    func remove() {
        _ = try? start(["chmod", "-R", "u+rwX", folder])
        _ = try? start(["rm", "-rf", folder])
    }

    /// Runs `recover` here.
    func recover(
        _ arguments: String...,
        environment: [String: String] = [:]
    ) throws -> ProgramRun {
        try recover(arguments, environment: environment)
    }

    /// Runs `recover` here.
    func recover(
        _ arguments: [String],
        environment: [String: String] = [:]
    ) throws -> ProgramRun {
        try start(["\(Self.buildFolder)/recover"] + arguments, environment: environment)
    }

    /// Runs a line of `sh` here; `recover` is in its path.
    func shell(_ line: String) throws -> ProgramRun {
        try start(["sh", "-c", line])
    }

    /// Runs a program here.
    func start(
        _ words: [String],
        environment: [String: String] = [:]
    ) throws -> ProgramRun {
        let base = [
            "PATH": "\(Self.buildFolder):/usr/local/bin:/usr/bin:/bin", "HOME": folder,
            "LC_ALL": "C.UTF-8", "TERM": "dumb", "TZ": "KST-9",
        ]
        var command = Command(words, environment: Environment(base.merging(environment) { $1 }))
        command.folder = Array(folder.utf8)
        command.output = .captured(byteCountMax: 64 << 20)
        command.deadlineSeconds = 60
        let result = try command.run()
        guard case .exited(let status) = result.end, !result.reachedDeadline else {
            throw Failure(text: "\(words) ended by \(result.end): \(result.errors.text)")
        }
        return ProgramRun(
            status: status,
            output: result.output.text,
            outputBytes: result.output.head + result.output.tail,
            errors: result.errors.text
        )
    }

    struct Failure: Error {
        let text: String
    }

    /// Whether the system has a program.
    static func has(_ program: String) -> Bool {
        ["/usr/local/bin", "/usr/bin", "/bin"].contains {
            unsafe access("\($0)/\(program)", X_OK) == 0
        }
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// Writes a file, and the folders that lead to it.
    func write(_ text: String, to name: String) throws {
        let url = URL(filePath: path(name))
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try Data(text.utf8).write(to: url)
    }

    /// Runs SQL in a database, which is made where it is missing.
    func sql(_ statements: String, in name: String) throws {
        // By the command line: this process must not use SQLite before our module does.
        try write(statements, to: "statements.sql")
        let run = try shell("sqlite3 -bail '\(path(name))' < statements.sql && rm statements.sql")
        try #require(run.status == 0, "\(run.errors)")
    }
}

/// Any JSON.
enum JSONValue: Decodable, Equatable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .boolean(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let items = try? container.decode([JSONValue].self) {
            self = .array(items)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// The value at a path such as `data.snapshots.0.id`.
    subscript(path: String) -> JSONValue? {
        path.split(separator: ".").reduce(Optional(self)) { value, key in
            switch value {
            case .object(let members): members[String(key)]
            case .array(let items):
                Int(key).flatMap { items.indices.contains($0) ? items[$0] : nil }
            default: nil
            }
        }
    }

    var string: String? { if case .string(let text) = self { text } else { nil } }
    var number: Double? { if case .number(let number) = self { number } else { nil } }
    var items: [JSONValue] { if case .array(let items) = self { items } else { [] } }
}
