public import Files

/// Puts staged data in the place of live data by renames, and can undo every step.
///
/// What was live lies afterwards in a hidden folder of the operation's name beside it. Live
/// entries that the snapshot never held are in the new tree too: a swap deletes nothing.
public final class Swap {
    static let sidecars = ["-wal", "-shm", "-journal"]

    /// The folder that keeps what was live.
    public let previous: Path
    private let target: RestoreTarget
    private let staged: Path
    private var steps: [SwapStep] = []
    /// Told of each rename before it is made, so that it can be taken back after a kill; what it
    /// throws ends the swap.
    public var onStep: (SwapStep) throws(FileError) -> Void = { (_) throws(FileError) in }
    /// Told of each rename that was taken back.
    public var onUndone: (SwapStep) throws(FileError) -> Void = { (_) throws(FileError) in }
    /// False once a step could not be taken back: then nothing may be removed.
    public private(set) var isUndone = true

    /// Prepares a swap.
    ///
    /// - Parameters:
    ///   - target: What is replaced.
    ///   - staged: The proven tree.
    ///   - operation: Names the folder for what was live.
    public init(_ target: RestoreTarget, staged: Path, operation: String) {
        self.target = target
        self.staged = staged
        previous = Self.previous(of: target, operation, in: staged.parent)
    }

    static func previous(of target: RestoreTarget, _ operation: String, in base: Path) -> Path {
        base.appending(".recover-prev-\(operation)-\(target.name)")
    }

    /// Swaps; a failure undoes what was done before it is thrown.
    ///
    /// - Throws: ``RecoveryError``: the live data is as it was, or ``isUndone`` is false and both
    ///   folders that the message names must be kept.
    public func run() throws(RecoveryError) {
        do throws(FileError) {
            switch target.extent {
            case .folder: try swapFolder()
            case .file(let name): try swapFiles([name])
            case .files: try swapFiles(try paths(below: staged))
            case .children: try swapStagedChildren()
            }
            try sync(staged.parent)
        } catch {
            undo()
            let state =
                isUndone
                ? "the live data was put back"
                : "not all could be put back: what was live lies in \(staged) and \(previous)"
            throw RecoveryError(
                code: error.code == .full ? .full : .file,
                message: "\(error.message); \(state)"
            )
        }
    }

    /// Takes everything back, last step first; stops at the first step that cannot be.
    public func undo() {
        while let step = steps.last {
            do throws(FileError) {
                try step.undo()
                try onUndone(step)
            } catch {
                isUndone = false
                return
            }
            steps.removeLast()
        }
    }

    /// What is about to be done is noted before it is: what is not noted is not taken back.
    private func begin(_ kind: SwapStep.Kind, from: Path, to: Path) throws(FileError) {
        let step = try SwapStep(kind, from: from, to: to)
        try onStep(step)
        steps.append(step)
    }

    private func swapFolder() throws(FileError) {
        let isInside = staged.parent == target.folder
        guard let live = try? Directory(target.folder), !isInside else {
            return isInside ? try swapChildren() : try record(staged, movedTo: target.folder)
        }
        try carryOver(live, into: staged)
        // The new folder takes the name in the same instant in which the old one loses it.
        if try tryExchange(staged, target.folder) {
            try record(staged, movedTo: previous)
        } else {
            try record(target.folder, movedTo: previous)
            try record(staged, movedTo: target.folder)
        }
    }

    /// Whether the file system can exchange two names; then it is done.
    private func tryExchange(_ one: Path, _ two: Path) throws(FileError) -> Bool {
        try begin(.exchanged, from: one, to: two)
        do throws(FileError) {
            try exchange(one, two)
        } catch {
            guard error.code == .unsupported else { throw error }
            try onUndone(steps.removeLast())
            return false
        }
        try sync(one.parent)
        try sync(two.parent)
        return true
    }

    /// A mount cannot be renamed: its children are.
    private func swapChildren() throws(FileError) {
        try makePrevious()
        try carryOver(try Directory(target.folder), into: staged)
        for name in try Directory(target.folder).names()
        where !name.description.hasPrefix(".recover-") {
            try record(target.folder.appending(name), movedTo: previous.appending(name))
        }
        for name in try Directory(staged).names() {
            try record(staged.appending(name), movedTo: target.folder.appending(name))
        }
    }

    /// Only what is staged takes its place; nobody sees a name missing in between.
    private func swapStagedChildren() throws(FileError) {
        try makePrevious()
        for name in try Directory(staged).names() {
            let (new, live) = (staged.appending(name), target.folder.appending(name))
            let aside = previous.appending(name)
            if (try? FileStatus(of: live)) == nil {
                try record(new, movedTo: live)
            } else {
                try take(live, by: new, aside: aside)
            }
        }
    }

    /// Sidecars leave first: a restored database never meets the log of another.
    private func swapFiles(_ names: [Path]) throws(FileError) {
        try makePrevious()
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
            let new = staged.appending(name)
            if (try? FileStatus(of: live)) != nil {
                try take(live, by: new, aside: aside)
            } else {
                try makeParents(of: name, below: target.folder)
                try record(new, movedTo: live)
            }
        }
    }

    /// Gives a live name to what is staged; what had it lies aside.
    private func take(_ live: Path, by new: Path, aside: Path) throws(FileError) {
        if try tryExchange(new, live) { return try record(new, movedTo: aside) }
        if try tryReplace(live, by: new, aside: aside) { return }
        try record(live, movedTo: aside)
        try record(new, movedTo: live)
    }

    /// Where names cannot be exchanged, what is no folder can have a second one aside, and then
    /// lose its first in the instant in which another file takes it.
    private func tryReplace(_ live: Path, by new: Path, aside: Path) throws(FileError) -> Bool {
        guard try FileStatus(of: live).kind != .folder, try FileStatus(of: new).kind != .folder
        else { return false }
        let folder = try Directory(live.parent)
        let keeper = try Directory(aside.parent)
        try begin(.replaced, from: live, to: aside)
        do throws(FileError) {
            try keeper.link(from: folder, live.lastComponent, as: aside.lastComponent)
        } catch {
            try onUndone(steps.removeLast())
            if error.code == .full { throw error }
            return false
        }
        do throws(FileError) {
            try sync(aside.parent)
            try Directory(new.parent).replace(
                with: new.lastComponent,
                in: folder,
                live.lastComponent
            )
        } catch {
            try? keeper.remove(aside.lastComponent)
            throw error
        }
        try sync(live.parent)
        try sync(new.parent)
        return true
    }

    /// Brings live entries that were never captured into the new tree, where their name is free.
    ///
    /// They get a further name there and keep their own: whenever we are killed, they are live.
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
        for path in kept where isFree(path, in: staged) {
            try makeParents(of: path, below: staged)
            let from = target.folder.appending(path)
            let to = staged.appending(path)
            do throws(FileError) {
                // Needs no undoing: the staged tree goes as a whole.
                try Directory(from.parent).linkTree(
                    from.lastComponent,
                    into: try Directory(to.parent),
                    as: to.lastComponent
                )
            } catch {
                if error.code == .full { throw error }
                // No further names here, or not for us: they move, and undo moves them back.
                try removeTree(to)
                try record(from, movedTo: to)
            }
        }
    }

    private func removeTree(_ path: Path) throws(FileError) {
        do throws(FileError) {
            try Directory(path.parent).removeTree(path.lastComponent)
        } catch {
            if error.code != .notFound { throw error }
        }
    }

    /// Whether an entry may take its place in the new tree: its name is free, its parents are
    /// folders there and no links, and it is not the log of a database that was restored.
    private func isFree(_ path: Path, in staged: Path) -> Bool {
        if (try? FileStatus(of: staged.appending(path))) != nil { return false }
        var parent = staged
        for component in path.parent.components where component != Path(".") {
            parent = parent.appending(component)
            if let status = try? FileStatus(of: parent), status.kind != .folder { return false }
        }
        return !Self.sidecars.contains { suffix in
            guard let owner = path.removing(suffix: suffix) else { return false }
            return (try? FileStatus(of: staged.appending(owner))) != nil
        }
    }

    /// One that a swap left which was taken back is used again.
    private func makePrevious() throws(FileError) {
        do throws(FileError) {
            try Directory(staged.parent).makeFolder(previous.lastComponent)
        } catch {
            if error.code != .exists { throw error }
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
        try begin(.moved, from: from, to: to)
        try move(from, to: to)
        try sync(from.parent)
        try sync(to.parent)
    }

    private func move(_ from: Path, to: Path) throws(FileError) {
        let source = try Directory(from.parent)
        let holder = try Directory(to.parent)
        try source.rename(from.lastComponent, to: holder, to.lastComponent)
    }

    private func exchange(_ one: Path, _ two: Path) throws(FileError) {
        let first = try Directory(one.parent)
        let second = try Directory(two.parent)
        try first.exchange(one.lastComponent, with: second, two.lastComponent)
    }

    private func sync(_ folder: Path) throws(FileError) { try SwapStep.sync(folder) }
}
