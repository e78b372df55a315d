internal import Files
internal import Glibc
internal import Monitoring

/// The text file of `metrics:`, which node_exporter reads at any time.
struct MetricsFile {
    private let path: Path

    init(_ path: String) {
        self.path = Path(path)
    }

    /// Writes the file anew, so that a reader sees the old or the new one.
    ///
    /// - Parameter standing: How the stack stands.
    /// - Throws: ``FileError``; then the old one is still there.
    func write(_ standing: StackStanding) throws(FileError) {
        let text = MetricsText(standing, version: RecoverProgram.version).text
        let folder = try Directory(path.parent)
        // Not ending in .prom: a reader would take it for another file of metrics.
        let draft = Path(".\(path.lastComponent).\(getpid())")
        try? folder.remove(draft)
        do throws(FileError) {
            let file = try folder.open(draft, .create)
            try file.append(Array(text.utf8))
            // Another account reads it.
            try file.setMode(0o644)
            try folder.replace(path.lastComponent, with: draft)
        } catch {
            try? folder.remove(draft)
            throw error
        }
    }
}
