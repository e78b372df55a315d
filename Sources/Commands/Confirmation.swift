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
}
