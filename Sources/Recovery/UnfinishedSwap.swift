public import Files

/// A swap whose run was killed between the moment in which what was live went aside and the one in
/// which its successor took the name; only where a file system cannot exchange two names.
public enum UnfinishedSwap {
    /// Puts back what is missing live and lies aside.
    ///
    /// What has a live successor stays aside: nothing live is ever replaced.
    ///
    /// - Parameters:
    ///   - target: What was being replaced.
    ///   - operation: The restore that was killed.
    /// - Returns: The live paths that are there again.
    /// - Throws: ``RecoveryError``; some may be there again.
    public static func putBack(
        _ target: RestoreTarget,
        operation: String
    ) throws(RecoveryError) -> [Path] {
        try filing { () throws(FileError) in
            let base = Staging.base(target)
            let previous = Swap.previous(of: target, operation, in: base)
            guard let aside = try? Directory(previous) else { return [] }
            var back: [Path] = []
            switch target.extent {
            case .folder where base != target.folder:
                if try move(previous, to: target.folder) { back.append(target.folder) }
            case .folder, .children:
                for name in try aside.names() {
                    let live = target.folder.appending(name)
                    if try move(previous.appending(name), to: live) { back.append(live) }
                }
            case .file, .files:
                for name in try files(aside) {
                    let live = target.folder.appending(name)
                    if try move(previous.appending(name), to: live) { back.append(live) }
                }
            }
            return back
        }
    }

    /// Databases and their logs apart: the log of one that has a live successor is not for that.
    private static func files(_ aside: borrowing Directory) throws(FileError) -> [Path] {
        var found: Set<Path> = []
        try TreeWalk.run(aside) { (item, _) throws(FileError) in
            if item.status.kind != .folder { found.insert(item.path) }
            return .descend
        } onFailure: { (failure) throws(FileError) in
            throw failure.cause
        }
        return found.filter { path in
            !Swap.sidecars.contains { suffix in
                path.removing(suffix: suffix).map { found.contains($0) } ?? false
            }
        }.sorted()
    }

    /// Whether an entry lay aside and its live name was free; then it has that again.
    private static func move(_ aside: Path, to live: Path) throws(FileError) -> Bool {
        let from = try Directory(aside.parent)
        let to = try Directory(live.parent)
        if let status = try? FileStatus(of: live) {
            // A name may be claimed by an empty folder, until another is renamed over it.
            guard status.kind == .folder, try FileStatus(of: aside).kind == .folder,
                (try? to.remove(live.lastComponent)) != nil
            else { return false }
        }
        try from.rename(aside.lastComponent, to: to, live.lastComponent)
        try to.sync()
        return true
    }
}
