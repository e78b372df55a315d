internal import Files
internal import Threads

/// The progress of a check: one live line on a terminal, a sign of life each minute elsewhere.
final class CheckProgress: Sendable {
    private struct State {
        var doneBytes: UInt64 = 0
        var sinceShown = Stopwatch()
    }

    private let console: Console
    private let watch = Stopwatch()
    private let state = Monitor(State())

    init(_ console: Console) {
        self.console = console
    }

    /// Counts bytes; may be called from any thread.
    func take(_ byteCount: Int) {
        let text = state.change { state -> String? in
            state.doneBytes += UInt64(byteCount)
            let pause: Int64 = console.isLive ? 100_000_000 : 60_000_000_000
            guard state.sinceShown.nanoseconds > pause else { return nil }
            state.sinceShown = Stopwatch()
            let rate = UInt64(Double(state.doneBytes) / max(watch.seconds, 0.001))
            return "checked \(ByteText.text(state.doneBytes)), \(ByteText.text(rate))/s"
        }
        guard let text else { return }
        if console.isLive { console.live(text) } else { console.phase(text) }
    }

    /// Clears the live line.
    func finish() {
        console.live("")
    }
}
