internal import Files
internal import Processes

/// Runs compose and the container engine; what they say goes nowhere before values are taken out.
struct ProgramRunner: Sendable {
    var environment: Environment
    /// Where they work; nil is the folder of this process.
    var folder: Path?
    /// What must not stand in a message.
    var secrets = Redaction([])

    /// Runs a program and gives back its standard output, unless it could hold values.
    func run(
        _ words: [String],
        deadlineSeconds: Double = 60,
        keepsOutput: Bool = true,
        code: DeploymentError.Code = .refused
    ) throws(DeploymentError) -> String {
        let result = try attempt(words, deadlineSeconds: deadlineSeconds)
        guard result.succeeded else { throw failure(result, words, code) }
        return keepsOutput ? result.output.text : ""
    }

    /// Runs a program, whatever it ends with.
    func attempt(
        _ words: [String],
        deadlineSeconds: Double = 60
    ) throws(DeploymentError) -> CommandResult {
        var command = Command(words, environment: environment)
        command.deadlineSeconds = deadlineSeconds
        command.output = .captured(byteCountMax: 8 << 20)
        if let folder { command.folder = folder.bytes }
        do throws(ProcessError) {
            return try command.run()
        } catch {
            throw DeploymentError(.noProgram, error.description)
        }
    }

    func failure(
        _ result: CommandResult,
        _ words: [String],
        _ code: DeploymentError.Code
    ) -> DeploymentError {
        let name = words.prefix { !$0.hasPrefix("-") }.joined(separator: " ")
        if result.reachedDeadline {
            return DeploymentError(code, "\(name) did not end in time")
        }
        let lines = secrets.cleaned(result.errors.text).split(separator: "\n")
        let telling = lines.filter { !Self.isProgress($0) }
        let said = (telling.isEmpty ? lines : telling).suffix(3).joined(separator: "; ")
        return DeploymentError(code, "\(name) failed: \(said)")
    }

    /// Compose 2 says how far it is where it says what is wrong, such as ` Container api-1  Started`.
    private static func isProgress(_ line: Substring) -> Bool {
        let kinds = [" Container ", " Network ", " Volume ", " Image "]
        return kinds.contains { line.hasPrefix($0) }
    }
}
