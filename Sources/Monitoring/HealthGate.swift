public import Threads

/// Asks until the answer is healthy or the time is up: a service needs a while to load a model.
public struct HealthGate: Sendable {
    /// What to ask.
    public var probe: HTTPProbe
    /// How long to go on asking.
    public var windowSeconds: Int
    /// How long between two questions at most; the first follow each other faster.
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
        let start = clock.now
        while true {
            let left = windowSeconds - Int((clock.now - start).components.seconds)
            let verdict = probe.ask(patienceSeconds: min(5, max(1, left)))
            let pause = Self.pause(after: clock.now - start, limitSeconds: intervalSeconds)
            if verdict == .healthy || cancellation.reason != nil { return verdict }
            if clock.now - start + .seconds(pause) >= .seconds(windowSeconds) { return verdict }
            cancellation.wait(seconds: pause)
        }
    }

    /// How long to wait before the next question: most services that come up do so at once.
    ///
    /// - Parameters:
    ///   - elapsed: Since the first question.
    ///   - limitSeconds: Never longer than this.
    /// - Returns: Seconds.
    public static func pause(after elapsed: Duration, limitSeconds: Int) -> Double {
        let (seconds, fraction) = elapsed.components
        let elapsedSeconds = Double(seconds) + Double(fraction) / 1e18
        return max(0.05, min(Double(limitSeconds), 0.2 + elapsedSeconds / 10))
    }
}
