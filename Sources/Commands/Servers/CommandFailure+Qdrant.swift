internal import Subjects

extension CommandFailure {
    /// A restore into a server that was not done.
    ///
    /// - Parameters:
    ///   - error: Why.
    ///   - component: The server.
    ///   - state: What state the stack is in now.
    ///   - isPreflight: Whether the server was only looked at until then.
    init(
        _ error: QdrantRestoreError,
        component: String,
        state: String = "nothing was changed",
        isPreflight: Bool = true
    ) {
        let status: ExitStatus
        let code: String
        var next: String?
        switch error.code {
        case .server:
            (status, code) = (isPreflight ? .preflightFailed : .failed, "server")
            next = "see that the server answers and has room, then run it again"
        case .forbidden:
            (status, code) = (.preflightFailed, "forbidden")
            next = "give the component an api_key that may manage the whole server"
        case .incompatible: (status, code) = (.incompatible, "incompatible")
        case .damaged:
            (status, code) = (.damaged, "damage")
            next = "recover list, and restore an older snapshot"
        case .unproven:
            (status, code) = (.damaged, "unproven")
            next = "recover list, and restore an older snapshot"
        case .notFound: (status, code) = (.notFound, "collection-not-found")
        case .occupied: (status, code) = (.failed, "name-taken")
        case .cancelled: (status, code) = (.interrupted, "stopped")
        case .notReverted: (status, code) = (.notReverted, "not-reverted")
        }
        self.init(
            status,
            code,
            error.message,
            component: component,
            state: state,
            next: error.next ?? next ?? "recover help restore"
        )
    }
}
