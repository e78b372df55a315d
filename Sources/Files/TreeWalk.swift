/// Walks a folder in the order of paths, each folder before what it holds.
///
/// Anchored: every folder is opened from its parent's descriptor without following links, so
/// that nobody can lead the walk elsewhere while it runs.
public struct TreeWalk {
    /// The longest path of a folder that is gone into, one byte short of what Linux takes in one call.
    ///
    /// Each level takes its part of the stack, and a tree may be deeper than any path is long.
    public static let pathLimitBytes = 4095

    /// One thing that was met.
    public struct Item: ~Copyable {
        /// The path from the root of the walk; empty for the root.
        public let path: Path
        /// Its name in its folder; `.` for the root.
        public let name: Path
        /// What it is now.
        public let status: FileStatus
        /// All names in its folder, in byte order.
        public let siblings: [Path]
    }

    /// What to do with a folder that was met.
    public enum Step: Sendable {
        /// Go in.
        case descend
        /// Leave out what it holds.
        case skip
    }

    /// Something that could not be looked at.
    public struct Failure: Error, Sendable {
        /// The path from the root of the walk.
        public let path: Path
        /// Why.
        public let cause: FileError
    }

    /// Runs a walk.
    ///
    /// - Parameters:
    ///   - root: The open root.
    ///   - visit: Called for each thing, the root first, with the folder that holds it.
    ///   - onFailure: Called for what vanished or may not be looked at; the walk goes on.
    /// - Throws: Whatever `visit` or `onFailure` throws; the walk ends there.
    public static func run<Failed: Error>(
        _ root: borrowing Directory,
        visit: (borrowing Item, borrowing Directory) throws(Failed) -> Step,
        onFailure: (Failure) throws(Failed) -> Void
    ) throws(Failed) {
        let status: FileStatus
        do throws(FileError) {
            status = try root.status(Path(""))
        } catch {
            return try onFailure(Failure(path: Path(""), cause: error))
        }
        let item = Item(path: Path(""), name: Path("."), status: status, siblings: [])
        guard try visit(item, root) == .descend else { return }
        try walk(root, Path(""), visit, onFailure)
    }

    private static func walk<Failed: Error>(
        _ folder: borrowing Directory,
        _ path: Path,
        _ visit: (borrowing Item, borrowing Directory) throws(Failed) -> Step,
        _ onFailure: (Failure) throws(Failed) -> Void
    ) throws(Failed) {
        let names: [Path]
        do throws(FileError) {
            names = try folder.names()
        } catch {
            return try onFailure(Failure(path: path, cause: error))
        }
        for name in names {
            let below = path.appending(name)
            let status: FileStatus
            do throws(FileError) {
                status = try folder.status(name)
            } catch {
                try onFailure(Failure(path: below, cause: error))
                continue
            }
            let item = Item(path: below, name: name, status: status, siblings: names)
            guard try visit(item, folder) == .descend, status.kind == .folder,
                below.bytes.count <= pathLimitBytes
            else { continue }
            let child: Directory
            do throws(FileError) {
                child = try folder.folder(name)
            } catch {
                try onFailure(Failure(path: below, cause: error))
                continue
            }
            try walk(child, below, visit, onFailure)
        }
    }
}

extension Directory {
    /// Removes a name with all that is below it; links are removed and not followed.
    ///
    /// A folder that keeps its owner from changing it is given these rights first: without them
    /// nothing of what it holds would go.
    ///
    /// - Parameter name: One name.
    /// - Throws: ``FileError``; part of it may be gone.
    public func removeTree(_ name: Path) throws(FileError) {
        let status = try status(name)
        if status.kind == .folder {
            // Where it is not ours this fails, and what follows says what does not go.
            if status.mode & 0o700 != 0o700 { try? setMode(name, status.mode | 0o700) }
            let inner = try folder(name)
            for child in try inner.names() { try inner.removeTree(child) }
        }
        try remove(name)
    }

    /// Gives everything below a name a further name elsewhere: folders are made again, all else
    /// is one file with two names.
    ///
    /// - Parameters:
    ///   - name: One name in this folder.
    ///   - target: On the same file system.
    ///   - newName: A name that is free there.
    /// - Throws: ``FileError``; part of the names may have been given.
    public func linkTree(
        _ name: Path,
        into target: borrowing Directory,
        as newName: Path
    ) throws(FileError) {
        let status = try status(name)
        guard status.kind == .folder else {
            return try target.link(from: self, name, as: newName)
        }
        let inner = try folder(name)
        try target.makeFolder(newName)
        let copy = try target.folder(newName)
        for child in try inner.names() { try inner.linkTree(child, into: copy, as: child) }
        let made = try copy.asFile()
        try made.setOwner(userID: status.userID, groupID: status.groupID)
        for attribute in try inner.attributes() {
            try made.setAttribute(attribute.name, attribute.value)
        }
        try made.setMode(status.mode)
        try made.setModified(nanoseconds: status.modifiedNanoseconds)
    }
}
