public import Files

/// A swap whose run was killed between the moment in which what was live went aside and the one in
/// which its successor took the name; only where a file system cannot exchange two names.
public enum UnfinishedSwap {
    /// Puts back what is missing live and lies aside.
    ///
    /// What has a live successor stays aside, and so does a log whose database does not come back
    /// with it: nothing live is ever replaced.
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
                try move(try aside.names(), from: previous, to: target.folder, &back)
            case .file, .files:
                try move(try files(aside), from: previous, to: target.folder, &back)
            }
            return back
        }
    }

    /// A log only together with its database: beside any other it would spoil that.
    private static func move(
        _ names: [Path],
        from previous: Path,
        to folder: Path,
        _ back: inout [Path]
    ) throws(FileError) {
        func owner(_ name: Path) -> Path? {
            Swap.sidecars.lazy.compactMap { name.removing(suffix: $0) }.first
        }
        for name in names where owner(name) == nil {
            let live = folder.appending(name)
            if try move(previous.appending(name), to: live) { back.append(live) }
        }
        let moved = Set(back)
        for name in names {
            guard let owner = owner(name) else { continue }
            let (live, database) = (folder.appending(name), folder.appending(owner))
            guard moved.contains(database) || (try? FileStatus(of: database)) == nil else {
                continue
            }
            if try move(previous.appending(name), to: live) { back.append(live) }
        }
    }

    private static func files(_ aside: borrowing Directory) throws(FileError) -> [Path] {
        var found: [Path] = []
        try TreeWalk.run(aside) { (item, _) throws(FileError) in
            if item.status.kind != .folder { found.append(item.path) }
            return .descend
        } onFailure: { (failure) throws(FileError) in
            throw failure.cause
        }
        return found
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
