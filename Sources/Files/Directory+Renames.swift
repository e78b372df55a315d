internal import CLinux
internal import Glibc

/// How names in open folders change hands, each in one step as far as the file system can.
extension Directory {
    /// Renames without replacing what has the new name.
    ///
    /// - Parameters:
    ///   - name: One name in this folder.
    ///   - target: The folder it moves to.
    ///   - newName: Its name there.
    /// - Throws: ``FileError``; `exists` where the new name is taken.
    public func rename(
        _ name: Path,
        to target: borrowing Directory,
        _ newName: Path
    ) throws(FileError) {
        let shown = target.path.appending(newName)
        do throws(FileError) {
            try SystemCall.check("rename \(path.appending(name)) to", shown) {
                unsafe name.withCString { old in
                    unsafe newName.withCString { new in
                        unsafe recover_rename_new(file.descriptor, old, target.file.descriptor, new)
                    }
                }
            }
        } catch {
            guard error.code == .unsupported else { throw error }
            try renameInTwoSteps(name, to: target, newName)
        }
    }

    /// For file systems without such a rename, NFS among them.
    ///
    /// A file gets its further name before it loses the first. A folder cannot have two, but it may
    /// take the place of an empty one, which is made first and thereby claims the name.
    func renameInTwoSteps(
        _ name: Path,
        to target: borrowing Directory,
        _ newName: Path
    ) throws(FileError) {
        guard try status(name).kind == .folder else {
            try target.link(from: self, name, as: newName)
            do throws(FileError) {
                return try remove(name)
            } catch {
                // Failed means not done: nobody may find it by the new name.
                try? target.remove(newName)
                throw error
            }
        }
        try target.makeFolder(newName)
        do throws(FileError) {
            try SystemCall.check(
                "rename \(path.appending(name)) to",
                target.path.appending(newName)
            ) {
                unsafe name.withCString { old in
                    unsafe newName.withCString { new in
                        unsafe renameat(file.descriptor, old, target.file.descriptor, new)
                    }
                }
            }
        } catch {
            try? target.remove(newName)
            throw error
        }
    }

    /// Renames over whatever has the new name, in one step.
    ///
    /// - Parameters:
    ///   - newName: The name that it takes or takes over.
    ///   - name: One name in this folder.
    /// - Throws: ``FileError``.
    public func replace(_ newName: Path, with name: Path) throws(FileError) {
        try SystemCall.check("rename \(path.appending(name)) to", path.appending(newName)) {
            unsafe name.withCString { old in
                unsafe newName.withCString { new in
                    unsafe renameat(file.descriptor, old, file.descriptor, new)
                }
            }
        }
    }

    /// Renames over whatever has the new name in another folder, in one step.
    ///
    /// - Parameters:
    ///   - name: One name in this folder.
    ///   - other: The folder of the new name, on the same file system.
    ///   - newName: The name that it takes or takes over.
    /// - Throws: ``FileError``.
    public func replace(
        with name: Path,
        in other: borrowing Directory,
        _ newName: Path
    ) throws(FileError) {
        let target = other.file.descriptor
        try SystemCall.check("rename \(path.appending(name)) to", other.path.appending(newName)) {
            unsafe name.withCString { old in
                unsafe newName.withCString { new in
                    unsafe renameat(file.descriptor, old, target, new)
                }
            }
        }
    }

    /// Swaps what two names stand for, in one step: nobody ever sees either of them missing.
    ///
    /// - Parameters:
    ///   - name: One name in this folder.
    ///   - other: The folder of the other name, on the same file system.
    ///   - otherName: The other name.
    /// - Throws: ``FileError``; `unsupported` where the file system cannot do it.
    public func exchange(
        _ name: Path,
        with other: borrowing Directory,
        _ otherName: Path
    ) throws(FileError) {
        try SystemCall.check(
            "exchange \(path.appending(name)) with",
            other.path.appending(otherName)
        ) {
            unsafe name.withCString { one in
                unsafe otherName.withCString { two in
                    unsafe recover_rename_exchange(
                        file.descriptor,
                        one,
                        other.file.descriptor,
                        two
                    )
                }
            }
        }
    }
}
