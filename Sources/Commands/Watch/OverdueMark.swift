internal import Files
internal import Monitoring

/// The note that people were told of a stack that is overdue: told once, and once that it is over.
enum OverdueMark {
    private static let name = Path("overdue")

    /// Notes it.
    ///
    /// - Returns: Whether it was not noted before. What cannot be noted, as on a full disk, is told again
    ///   rather than never.
    static func set(_ configuration: Configuration, _ context: Context) -> Bool {
        guard let state = try? StateFolder(configuration, environment: context.environment),
            let folder = try? Directory(state.path)
        else { return true }
        guard (try? folder.status(name)) == nil else { return false }
        try? folder.writeNote(name, Array("\(Moment.now.rfc3339)\n".utf8))
        return true
    }

    /// Takes the note away.
    ///
    /// - Returns: Whether it was there.
    static func remove(_ configuration: Configuration, _ context: Context) -> Bool {
        guard let state = try? StateFolder(configuration, environment: context.environment),
            let folder = try? Directory(state.path),
            (try? folder.status(name)) != nil
        else { return false }
        return (try? folder.remove(name)) != nil
    }
}
