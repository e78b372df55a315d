public import Threads

/// Asks until the answer is healthy or the time is up: a service needs a while to load a model.
public struct HealthGate: Sendable {
    /// What to ask.
    public var probe: HTTPProbe
    /// How long to go on asking.
    public var windowSeconds: Int
    /// How long between two questions.
    public var intervalSeconds: Int

    /// Sets the terms.
    ///
    /// - Parameters:
    ///   - probe: What to ask.
    ///   - windowSeconds: How long to go on asking.
    ///   - intervalSeconds: How long between two questions.
    public init(_ probe: HTTPProbe, windowSeconds: Int = 30, intervalSeconds: Int = 2) {
        self.probe = probe
        self.windowSeconds = windowSeconds
        self.intervalSeconds = intervalSeconds
    }

    /// Asks; blocks for the window at most, and for the patience of the last question.
    ///
    /// - Parameter cancellation: Ends the asking.
    /// - Returns: The last verdict.
    public func wait(_ cancellation: Cancellation) -> HTTPProbe.Verdict {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(windowSeconds)
        while true {
            let left = Int((end - clock.now).components.seconds)
            let verdict = probe.ask(patienceSeconds: min(5, max(1, left)))
            if verdict == .healthy || cancellation.reason != nil { return verdict }
            if clock.now + .seconds(intervalSeconds) >= end { return verdict }
            OwnedThread.pause(milliseconds: UInt32(intervalSeconds) * 1000)
        }
    }
}
