internal import Arguments
internal import Files
internal import Glibc
internal import Threads

/// The program: one run from the command line to the exit code.
public enum RecoverCommand {
    /// Runs the process's own command line and ends the process.
    public static func main() -> Never {
        StandardStreams.hold()
        exit(run(Array(CommandLine.arguments.dropFirst()), environment: ProcessEnvironment.values))
    }

    /// Runs a command line.
    ///
    /// - Parameters:
    ///   - arguments: Without the program's name.
    ///   - environment: Of this process.
    /// - Returns: The exit code.
    static func run(_ arguments: [String], environment: [String: String]) -> Int32 {
        let request: Request
        do throws(ArgumentsError) {
            request = try RecoverProgram.description.parse(arguments, environment: environment)
        } catch {
            return usage(error, arguments)
        }
        switch request {
        case .version:
            return document(RecoverProgram.toolName + "\n")
        case .help(let subject):
            let text = RecoverProgram.description.help(subject, width: TerminalWidth.columns)
            return document(text)
        case .run(let invocation):
            return run(invocation, environment)
        }
    }

    /// Prints what needs no run.
    private static func document(_ text: String) -> Int32 {
        guard let reason = Console.write(text, to: STDOUT_FILENO) else { return 0 }
        Console.write("recover: standard output cannot be written: \(reason)\n", to: STDERR_FILENO)
        return ExitStatus.failed.rawValue
    }

    private static func usage(_ error: ArgumentsError, _ arguments: [String]) -> Int32 {
        if error.code == .missingCommand, arguments.isEmpty {
            let text = RecoverProgram.description.help(.overview, width: TerminalWidth.columns)
            Console.write(text, to: STDERR_FILENO)
        } else {
            Console.write("recover: \(error)\n", to: STDERR_FILENO)
        }
        if arguments.contains("--json") {
            let now = Moment.now.rfc3339
            let envelope = Envelope(
                schema: "recover/v1/usage",
                ok: false,
                exitCode: ExitStatus.usage.rawValue,
                startedAt: now,
                finishedAt: now,
                warnings: [],
                errors: [.init(code: "usage", message: error.message, state: "nothing was changed")]
            )
            Console.write(envelope.text(), to: STDOUT_FILENO)
        }
        return ExitStatus.usage.rawValue
    }

    private static func run(_ invocation: Invocation, _ environment: [String: String]) -> Int32 {
        switch invocation.path[0] {
        case "completion":
            guard let shell = invocation.positional("SHELL").flatMap(CompletionShell.init) else {
                preconditionFailure("the parser lets only known shells through")
            }
            let script = RecoverProgram.description.completionScript(for: shell)
            return document(script)
        case "manual":
            return document(RecoverProgram.description.manualPage())
        default:
            let verb = RecoverProgram.verbs.first { $0.description.name == invocation.path[0] }
            guard let verb else { preconditionFailure("every declared verb has its code") }
            return run(verb, invocation, environment)
        }
    }

    private static func run(
        _ verb: any Verb.Type,
        _ invocation: Invocation,
        _ environment: [String: String]
    ) -> Int32 {
        let startedAt = Moment.now
        let context = Context(invocation, environment: environment)
        Signals.raise(context.cancellation)
        var ending: Result<Report, CommandFailure>
        let isRecorded = verb.isRecorded(invocation) && !invocation.flag("dry-run")
        // A configuration that is wrong is said by the verb.
        if isRecorded, let loaded = try? context.configured() { context.startPing(loaded) }
        do throws(CommandFailure) {
            var report = try verb.run(context)
            report.warnings = context.warnings + report.warnings
            ending = .success(report)
        } catch {
            ending = .failure(context.cancellation.isRaised ? error.stopped(by: context) : error)
        }
        let name = invocation.path.joined(separator: "-")
        let isStrict = invocation.flag("strict")
        ending = ending.map { $0.judged(strictly: isStrict) }
        let recorder =
            isRecorded ? OutcomeRecorder(context, verb: name, startedAt: startedAt) : nil
        // Not judged again: that nobody could be told changes nothing of what was done.
        if let recorder { ending = recorder.record(ending) }
        let presentation = Presentation(context, verb: name, startedAt: startedAt)
        let code = presentation.show(ending)
        recorder?.amend(code)
        return code
    }
}
