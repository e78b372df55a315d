internal import Backup
internal import Files

/// The progress of a backup: one live line on a terminal, a sign of life each minute elsewhere.
final class Progress {
    private let console: Console
    private let watch = Stopwatch()
    private var totalBytes: UInt64 = 0
    private var readBytes: UInt64 = 0
    private var component = ""
    private var sinceShown = Stopwatch()

    init(_ console: Console) {
        self.console = console
    }

    func take(_ event: BackupRun.Event) {
        switch event {
        case .planned(let bytes): totalBytes = bytes
        case .started(let name):
            component = name
            console.phase("capturing \(name)")
        case .finished: console.live("")
        case .captured: break
        case .read(let bytes):
            readBytes += UInt64(bytes)
            show()
        }
    }

    private func show() {
        guard sinceShown.nanoseconds > (console.isLive ? 100_000_000 : 60_000_000_000) else {
            return
        }
        sinceShown = Stopwatch()
        let rate = UInt64(Double(readBytes) / max(watch.seconds, 0.001))
        var text = "\(component): \(ByteText.text(readBytes))"
        if totalBytes > readBytes, rate > 0 {
            text += " of \(ByteText.text(totalBytes)), \(ByteText.text(rate))/s, "
            text += "\((totalBytes - readBytes) / rate) s left"
        }
        if console.isLive { console.live(text) } else { console.phase(text) }
    }
}
