internal import Operations

/// Who is told of every outcome.
enum OutcomeListeners {
    /// All of them, in the order in which they are told.
    ///
    /// - Parameters:
    ///   - loaded: The configuration, which says who wants to know.
    ///   - context: The run.
    /// - Returns: Those who want to know.
    static func all(_ loaded: LoadedConfiguration, _ context: Context) -> [any OutcomeListener] {
        [
            ReleaseLogListener(loaded.value, context), Announcer(loaded, context),
            OutcomeLine(context),
        ]
    }
}
