/// How long a server that is gone is still waited for: so long in all, however many steps want it,
/// and not at all where it is known not to come back.
final class ServerAbsence {
    private let limitSeconds: Double
    private var leftSeconds: Double
    /// Asked while it is waited for: whether whoever runs it has given it up.
    var isStopped: () -> Bool = { false }

    init(limitSeconds: Double) {
        self.limitSeconds = limitSeconds
        leftSeconds = limitSeconds
    }

    var isWorthWaiting: Bool { leftSeconds > 0 && !isStopped() }

    func take(_ seconds: Double) { leftSeconds -= seconds }

    /// It is there again, or was started just now.
    func refill() { leftSeconds = limitSeconds }
}
