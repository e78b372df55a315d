internal import Files
internal import Monitoring

/// The note that people were told of something that lasts: told once, and forgotten when it is over.
enum ToldMark: String {
    /// The stack is overdue.
    case overdue
    /// A run did not come to its end.
    case unfinished

    private var name: Path { Path(rawValue) }

    /// Notes it.
    ///
    /// - Parameters:
    ///   - subject: What it is about; another one is news again.
    ///   - configuration: Of the stack.
    ///   - context: Of this run.
    /// - Returns: Whether it was not noted before. What cannot be noted, as on a full disk, is told again
    ///   rather than never.
    func set(
        about subject: String? = nil,
        _ configuration: Configuration,
        _ context: Context
    ) -> Bool {
        guard let state = try? StateFolder(configuration, environment: context.environment),
            let folder = try? Directory(state.path)
        else { return true }
        let text = subject ?? Moment.now.rfc3339
        if (try? folder.status(name)) != nil {
            guard let subject else { return false }
            let known = (try? folder.readNote(name)) ?? nil
            if known == Array("\(subject)\n".utf8) { return false }
        }
        try? folder.writeNote(name, Array("\(text)\n".utf8))
        return true
    }

    /// Takes the note away.
    ///
    /// - Returns: Whether it was there.
    func remove(_ configuration: Configuration, _ context: Context) -> Bool {
        guard let state = try? StateFolder(configuration, environment: context.environment),
            let folder = try? Directory(state.path),
            (try? folder.status(name)) != nil
        else { return false }
        return (try? folder.remove(name)) != nil
    }
}
