/// A command that did not do what was asked: what failed, the state now, what to run next.
struct CommandFailure: Error, Sendable {
    /// How the program ends.
    let status: ExitStatus
    /// A word that never changes, such as `repository-missing`.
    let code: String
    /// What failed.
    let message: String
    /// The component, where it is about one.
    var component: String?
    /// What state the stack and the repository are in now.
    var state: String
    /// What to run next.
    var next: String?

    init(
        _ status: ExitStatus,
        _ code: String,
        _ message: String,
        component: String? = nil,
        state: String = "nothing was changed",
        next: String? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.component = component
        self.state = state
        self.next = next
    }
}
