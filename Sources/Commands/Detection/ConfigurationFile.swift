internal import Files

/// A new configuration on its way to the disk.
enum ConfigurationFile {
    /// Writes the configuration whole or not at all, and never over another one.
    ///
    /// - Parameters:
    ///   - text: Its content.
    ///   - target: Where it goes.
    /// - Throws: ``CommandFailure``; nothing of it stays behind.
    static func write(_ text: String, to target: Path) throws(CommandFailure) {
        do throws(FileError) {
            let folder = try Directory(target.parent)
            let draft = Path(".recover-" + String(UInt64.random(in: 0 ... .max), radix: 36))
            let file = try folder.open(draft, .create)
            do throws(FileError) {
                try file.append(Array(text.utf8))
                try file.sync()
                try folder.rename(draft, to: folder, target.lastComponent)
                try folder.sync()
            } catch {
                try? folder.remove(draft)
                throw error
            }
        } catch {
            var failure = CommandFailure(error, doing: "write the configuration")
            failure.state =
                (try? FileStatus(of: target)) == nil
                ? "the repository is there, no configuration was written"
                : "the repository and the configuration are there; a power cut may undo that"
            throw failure
        }
    }
}
