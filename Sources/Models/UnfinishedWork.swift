internal import Files

/// The hidden names under which a run works; whatever has one after the run is not a version.
enum UnfinishedWork {
    static let publishPrefix = ".recover-publish-"
    static let prunePrefix = ".recover-prune-"
    static let linkPrefix = ".recover-link-"

    static func suffix() -> String {
        String(UInt64.random(in: 0 ... .max), radix: 36)
    }

    /// Clears away what runs that are gone have left.
    ///
    /// A publishing run holds a lock on its own folder, since it may work for many minutes
    /// beside a switch.
    ///
    /// - Parameter root: The model folder, its lock held.
    /// - Returns: Why, for each that could not be cleared away: it is no version and does no harm
    ///   but for the room it takes.
    static func clear(_ root: borrowing Directory) -> [String] {
        var leftovers: [String] = []
        let names: [Path]
        do throws(FileError) {
            names = try root.names()
        } catch {
            return [error.message]
        }
        for name in names {
            guard let text = name.text else { continue }
            do throws(FileError) {
                if text.hasPrefix(publishPrefix) {
                    let owned = try root.folder(name).asFile()
                    guard try owned.tryLock() else { continue }
                    try root.removeTree(name)
                } else if text.hasPrefix(prunePrefix) || text.hasPrefix(linkPrefix) {
                    try root.removeTree(name)
                }
            } catch {
                // Gone by itself: its own run was quicker.
                if error.code != .notFound { leftovers.append(error.message) }
            }
        }
        return leftovers
    }
}
