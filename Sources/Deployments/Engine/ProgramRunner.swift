internal import Files
internal import Processes

/// Runs compose and the container engine; what they say goes nowhere before values are taken out.
struct ProgramRunner: Sendable {
    let environment: Environment
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
        let said = secrets.cleaned(result.errors.text).split(separator: "\n").suffix(3)
            .joined(separator: "; ")
        return DeploymentError(code, "\(name) failed: \(said)")
    }
}
