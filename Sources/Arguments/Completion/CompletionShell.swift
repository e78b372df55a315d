/// A shell for which there is a completion script.
public enum CompletionShell: String, Sendable, CaseIterable {
    /// GNU bash, 4.4 or newer.
    case bash
    /// Zsh with its completion system.
    case zsh
    /// Fish, 3.0 or newer.
    case fish
}

extension Program {
    /// The script that completes this program's command lines.
    ///
    /// It needs nothing installed besides the shell, and starts no other program than the
    /// commands declared with ``ValueKind/listed(by:)``.
    ///
    /// - Parameter shell: The shell that reads it.
    /// - Returns: The script; it may be sourced or put where the shell looks for completions.
    public func completionScript(for shell: CompletionShell) -> String {
        let tree = CompletionTree(program: self)
        return switch shell {
        case .bash: BashCompletion(tree: tree).script
        case .zsh: ZshCompletion(tree: tree).script
        case .fish: FishCompletion(tree: tree).script
        }
    }
}
