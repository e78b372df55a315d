internal import Arguments
internal import Glibc

/// Asks a person before something live is replaced.
enum Confirmation {
    /// Wants the stack's name, typed or given by `--confirm`.
    ///
    /// - Parameters:
    ///   - name: What is to be typed.
    ///   - plan: What will happen, shown first.
    ///   - context: The run.
    /// - Throws: ``CommandFailure``.
    static func require(
        _ name: String,
        plan: [String],
        _ context: Context
    ) throws(CommandFailure) {
        if let given = context.invocation.string("confirm") {
            if given == name { return }
            throw CommandFailure(
                .unconfirmed,
                "confirmation",
                "--confirm says \(given), the stack is \(name)",
                next: "add --confirm \(name)"
            )
        }
        guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else {
            throw CommandFailure(
                .unconfirmed,
                "confirmation",
                "this replaces live data and nobody is there to confirm it",
                next: "add --confirm \(name), or look first with --dry-run"
            )
        }
        for line in plan { Console.write(line + "\n", to: STDERR_FILENO) }
        Console.write("Type the stack's name to continue: ", to: STDERR_FILENO)
        if readLine() != name {
            throw CommandFailure(.unconfirmed, "confirmation", "the name was not typed")
        }
    }

    /// Asks a plain question, for what can be undone.
    ///
    /// - Parameters:
    ///   - question: Without a question mark.
    ///   - context: The run; `--yes` answers.
    /// - Throws: ``CommandFailure`` where nobody says yes.
    static func ask(_ question: String, _ context: Context) throws(CommandFailure) {
        if context.invocation.flag("yes") { return }
        guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else {
            throw CommandFailure(
                .unconfirmed,
                "confirmation",
                "\(question): nobody is there to answer",
                next: "add --yes, or look first with --dry-run"
            )
        }
        Console.write(question + "? [y/N] ", to: STDERR_FILENO)
        guard let answer = readLine()?.lowercased(), ["y", "yes"].contains(answer) else {
            throw CommandFailure(.unconfirmed, "confirmation", "the answer was no")
        }
    }
}
