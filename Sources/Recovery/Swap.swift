public import Files

/// Puts staged data in the place of live data by renames, and can undo every step.
///
/// What was live lies afterwards in a hidden folder of the operation's name beside it. Live
/// entries that the snapshot never held are moved into the new tree: a swap deletes nothing.
public final class Swap {
    private enum Step {
        case moved(from: Path, to: Path)
        case exchanged(Path, Path)
    }

    private static let sidecars = ["-wal", "-shm", "-journal"]

    /// The folder that keeps what was live.
    public let previous: Path
    private let target: RestoreTarget
    private let staged: Path
    private var steps: [Step] = []

    /// Prepares a swap.
    ///
    /// - Parameters:
    ///   - target: What is replaced.
    ///   - staged: The proven tree.
    ///   - operation: Names the folder for what was live.
    public init(_ target: RestoreTarget, staged: Path, operation: String) {
        self.target = target
        self.staged = staged
        previous = staged.parent.appending(".recover-prev-\(operation)-\(target.name)")
    }

    /// Swaps; a failure undoes what was done before it is thrown.
    ///
    /// - Throws: ``RecoveryError``; the live data is as it was.
    public func run() throws(RecoveryError) {
        do throws(FileError) {
            switch target.extent {
            case .folder: try swapFolder()
            case .file(let name): try swapFiles([name])
            case .files: try swapFiles(try paths(below: staged))
            }
            try Directory(staged.parent).sync()
        } catch {
            undo()
            throw RecoveryError(
                code: error.code == .full ? .full : .file,
                message: "\(error.message); the live data was put back"
            )
        }
    }

    /// Takes everything back, last step first.
    public func undo() {
        for step in steps.reversed() {
            switch step {
            case .moved(let from, let to): try? move(to, to: from)
            case .exchanged(let one, let two): try? exchange(one, two)
            }
        }
        steps = []
    }

    private func swapFolder() throws(FileError) {
        let isInside = staged.parent == target.folder
        guard let live = try? Directory(target.folder), !isInside else {
            return isInside ? try swapChildren() : try record(staged, movedTo: target.folder)
        }
        try carryOver(live, into: staged)
        // The new folder takes the name in the same instant in which the old one loses it.
        do throws(FileError) {
            try exchange(staged, target.folder)
            steps.append(.exchanged(staged, target.folder))
            try record(staged, movedTo: previous)
        } catch {
            guard error.code == .unsupported else { throw error }
            try record(target.folder, movedTo: previous)
            try record(staged, movedTo: target.folder)
        }
    }

    /// A mount cannot be renamed: its children are.
    private func swapChildren() throws(FileError) {
        try Directory(staged.parent).makeFolder(previous.lastComponent)
        try carryOver(try Directory(target.folder), into: staged)
        for name in try Directory(target.folder).names()
        where !name.description.hasPrefix(".recover-") {
            try record(target.folder.appending(name), movedTo: previous.appending(name))
        }
        for name in try Directory(staged).names() {
            try record(staged.appending(name), movedTo: target.folder.appending(name))
        }
    }

    /// Sidecars leave first: a restored database never meets the log of another.
    private func swapFiles(_ names: [Path]) throws(FileError) {
        try Directory(staged.parent).makeFolder(previous.lastComponent)
        for name in names {
            let live = target.folder.appending(name)
            let aside = previous.appending(name)
            try makeParents(of: name, below: previous)
            for suffix in Self.sidecars {
                let sidecar = live.adding(suffix: suffix)
                if (try? FileStatus(of: sidecar)) != nil {
                    try record(sidecar, movedTo: aside.adding(suffix: suffix))
                }
            }
            if (try? FileStatus(of: live)) != nil {
                let new = staged.appending(name)
                do throws(FileError) {
                    try exchange(new, live)
                    steps.append(.exchanged(new, live))
                    try record(new, movedTo: aside)
                    continue
                } catch {
                    guard error.code == .unsupported else { throw error }
                    try record(live, movedTo: aside)
                }
            }
            try makeParents(of: name, below: target.folder)
            try record(staged.appending(name), movedTo: live)
        }
    }

    /// Moves live entries that were never captured into the new tree, where their name is free.
    private func carryOver(_ live: borrowing Directory, into staged: Path) throws(FileError) {
        var kept: [Path] = []
        try TreeWalk.run(live) { (item, _) throws(FileError) in
            if item.path.bytes.isEmpty { return .descend }
            if item.path.description.hasPrefix(".recover-") { return .skip }
            switch item.status.kind {
            case .pipe, .socket, .device: kept.append(item.path)
            case .folder, .file, .link:
                if target.isKept(item.path) {
                    kept.append(item.path)
                    return .skip
                }
                if target.isAppendOnly, item.status.kind != .folder { kept.append(item.path) }
            }
            return .descend
        } onFailure: { (_) throws(FileError) in
        }
        for path in kept where (try? FileStatus(of: staged.appending(path))) == nil {
            try makeParents(of: path, below: staged)
            try record(target.folder.appending(path), movedTo: staged.appending(path))
        }
    }

    private func makeParents(of path: Path, below folder: Path) throws(FileError) {
        var made = folder
        for component in path.parent.components where component != Path(".") {
            do throws(FileError) {
                try Directory(made).makeFolder(component, mode: 0o755)
            } catch {
                if error.code != .exists { throw error }
            }
            made = made.appending(component)
        }
    }

    private func paths(below folder: Path) throws(FileError) -> [Path] {
        var found: [Path] = []
        try TreeWalk.run(try Directory(folder)) { (item, _) throws(FileError) in
            if item.status.kind != .folder { found.append(item.path) }
            return .descend
        } onFailure: { (failure) throws(FileError) in
            throw failure.cause
        }
        return found
    }

    private func record(_ from: Path, movedTo to: Path) throws(FileError) {
        try move(from, to: to)
        steps.append(.moved(from: from, to: to))
    }

    private func move(_ from: Path, to: Path) throws(FileError) {
        let source = try Directory(from.parent)
        let holder = try Directory(to.parent)
        try source.rename(from.lastComponent, to: holder, to.lastComponent)
        try source.sync()
        try holder.sync()
    }

    private func exchange(_ one: Path, _ two: Path) throws(FileError) {
        let first = try Directory(one.parent)
        let second = try Directory(two.parent)
        try first.exchange(one.lastComponent, with: second, two.lastComponent)
        try first.sync()
        try second.sync()
    }
}
