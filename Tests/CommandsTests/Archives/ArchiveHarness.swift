import FoundationEssentials
import Glibc
import Processes
import Testing

/// A small stack in a folder of its own, and the built program to run on it.
final class ArchiveHarness {
    struct Run {
        let status: Int32
        let output: String
        let errors: String
    }

    let folder: String
    private let program: String

    /// Makes the stack's data, its configuration and its repository; `DIR` in the value of the key
    /// `archives` stands for the folder.
    init(archives: String? = nil) throws {
        var template = Array("/tmp/recover-archives-XXXXXX".utf8CString)
        let made: String? = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) }.map {
                unsafe String(cString: $0)
            }
        }
        folder = try #require(made)
        program = try Self.programPath()
        try shell("python3 \(Self.fixtures)/make_stack.py .")
        var text = """
            version: 1
            stack: demo
            repository: \(folder)/repository
            state: \(folder)/state
            components:
              memory: \(folder)/memory/projects
              rbac: \(folder)/sqlite/security.db

            """
        if let archives {
            text += "archives: " + archives.replacing("DIR", with: folder) + "\n"
        }
        try shell("cat > recover.yaml <<'END'\n\(text)END\nchmod 600 recover.yaml")
        #expect(try recover("init").status == 0)
    }

    deinit { _ = unsafe system("rm -rf '\(folder)'") }

    static var fixtures: String { packageFolder.appending(path: "Tests/Fixtures").path }

    /// The program lies beside the tests.
    private static func programPath() throws -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
        try #require(count > 0)
        let path = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let end = try #require(path.lastIndex(of: "/"))
        return path[..<end] + "/recover"
    }

    /// Runs the program in the stack's folder.
    func recover(_ arguments: String...) throws -> Run {
        try run([program] + arguments)
    }

    /// Runs the program with the words of one line.
    func recover(line: String) throws -> Run {
        try run([program] + line.split(separator: " ").map(String.init))
    }

    /// What a shell command in the stack's folder prints; its failure is an issue.
    @discardableResult
    func shell(_ command: String) throws -> String {
        let result = try run(["sh", "-c", command])
        #expect(result.status == 0, "\(command): \(result.errors)")
        return result.output
    }

    /// The ids of all snapshots, oldest first.
    func snapshots() throws -> [String] {
        try shell(
            "jq -r '[.seq, .id] | @tsv' repository/snapshots/*.json 2>/dev/null | sort -n | cut -f 2"
        ).split(separator: "\n").map(String.init)
    }

    /// Everything below a folder that an archive must keep, but for names with these beginnings.
    func tree(_ path: String, without names: String...) throws -> String {
        try shell(
            "python3 \(Self.fixtures)/describe_tree.py \(path) " + names.joined(separator: " ")
        )
    }

    private func run(_ arguments: [String]) throws -> Run {
        var command = Command(arguments, environment: Environment.inherited(without: []))
        command.environment.values["TZ"] = "UTC"
        command.folder = Array(folder.utf8)
        command.output = .captured(byteCountMax: 1 << 20)
        command.deadlineSeconds = 60
        let result = try command.run()
        guard case .exited(let status) = result.end else {
            Issue.record("\(arguments) ended by a signal: \(result.errors.text)")
            return Run(status: -1, output: result.output.text, errors: result.errors.text)
        }
        return Run(status: status, output: result.output.text, errors: result.errors.text)
    }
}
