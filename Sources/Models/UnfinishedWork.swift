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
    /// - Throws: ``FileError``.
    static func clear(_ root: borrowing Directory) throws(FileError) {
        for name in try root.names() {
            guard let text = name.text else { continue }
            if text.hasPrefix(publishPrefix) {
                let owned = try root.folder(name).asFile()
                guard try owned.tryLock() else { continue }
                try root.removeTree(name)
            } else if text.hasPrefix(prunePrefix) || text.hasPrefix(linkPrefix) {
                try root.removeTree(name)
            }
        }
    }
}
