internal import Files

/// The progress of uploads: one live line on a terminal, a sign of life each minute elsewhere.
final class UploadProgress {
    private let console: Console
    private let totalBytes: UInt64
    private let watch = Stopwatch()
    private var sentBytes: UInt64 = 0
    private var sinceShown = Stopwatch()

    init(_ console: Console, totalBytes: UInt64) {
        self.console = console
        self.totalBytes = totalBytes
    }

    func take(_ bytes: Int) {
        sentBytes += UInt64(bytes)
        guard sinceShown.nanoseconds > (console.isLive ? 100_000_000 : 60_000_000_000) else {
            return
        }
        sinceShown = Stopwatch()
        let rate = UInt64(Double(sentBytes) / max(watch.seconds, 0.001))
        let text =
            "uploaded \(ByteText.text(sentBytes)) of archives of \(ByteText.text(totalBytes)), "
            + "\(ByteText.text(rate))/s"
        if console.isLive { console.live(text) } else { console.phase(text) }
    }
}
