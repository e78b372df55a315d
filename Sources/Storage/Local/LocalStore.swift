public import Files
internal import Threads

/// A store in a folder of this machine, or of a network mount.
///
/// Invariants: an object appears under its name only after its bytes were synced; only
/// `replace` changes what a name stands for; `sync()` makes the names durable, and those of the
/// folders that lead to them, whoever made those: another run may have died between making and
/// syncing one. Folders are 0700 and files 0600.
public final class LocalStore: Store {
    private final class Hold: StoreHold {
        let file: OpenFile
        let name: String
        unowned let store: LocalStore

        init(_ file: consuming OpenFile, _ name: String, _ store: LocalStore) {
            self.file = file
            self.name = name
            self.store = store
        }

        func release() {
            try? store.delete(name)
        }
    }

    /// A disk is asked for so many folders at once.
    private static let listThreadCount = 8
    private static let directWriteMinimumBytes = 1 << 20

    private let root: Directory
    private let drafts = Drafts()
    private let unsynced = NamesToSync()
    private let readers = OpenObjects()

    /// The folder, for people.
    public var place: String { root.path.description }

    /// Opens a folder that exists.
    ///
    /// - Parameter folder: The repository's folder.
    /// - Throws: ``StorageError``; `notFound` where there is no such folder.
    public init(_ folder: Path) throws(StorageError) {
        do throws(FileError) {
            root = try Directory(folder)
        } catch {
            throw StorageError("open the repository", error)
        }
    }

    /// Writes a new object whole, past the page cache where it is large.
    public func put(_ name: String, _ content: UnsafeRawBufferPointer) throws(StorageError) {
        try unsafe write(name, content, replacing: false)
    }

    /// Renames a new object over a damaged one: the old bytes are there until the new ones are.
    public func replace(_ name: String, _ content: UnsafeRawBufferPointer) throws(StorageError) {
        try unsafe write(name, content, replacing: true)
    }

    /// Reserves room, and writes it full where the file system knows no reservation.
    public func fill(_ name: String, byteCount: Int) throws(StorageError) {
        try write(name, replacing: true) { (file: borrowing OpenFile) throws(FileError) in
            if try file.reserve(sizeBytes: UInt64(byteCount)) { return }
            try unsafe write(Ballast(byteCount: byteCount).buffer.slice(0..<byteCount), to: file)
        }
    }

    private func write(
        _ name: String,
        _ content: UnsafeRawBufferPointer,
        replacing: Bool
    ) throws(StorageError) {
        try write(name, replacing: replacing) { (file: borrowing OpenFile) throws(FileError) in
            try unsafe write(content, to: file)
        }
    }

    private func write(
        _ name: String,
        replacing: Bool,
        _ fill: (borrowing OpenFile) throws(FileError) -> Void
    ) throws(StorageError) {
        try ObjectName.check(name)
        do throws(FileError) {
            try drafts.write(in: root) {
                (drafts: borrowing Directory, temporary: Path) throws(FileError) in
                let target = try root.madeFolder(Path(name).parent)
                let file = try drafts.open(temporary, .create)
                // By that others tell it from what a dead process left.
                _ = try? file.tryLock()
                do throws(FileError) {
                    try fill(file)
                    try file.sync()
                    let last = Path(name).lastComponent
                    if replacing {
                        try drafts.replace(with: temporary, in: target, last)
                    } else {
                        try drafts.rename(temporary, to: target, last)
                    }
                } catch {
                    try? drafts.remove(temporary)
                    throw error
                }
            }
        } catch {
            // Whoever put it may have died before its sync; who asks now may lean on it.
            if error.code == .exists { unsynced.insert(name) }
            throw StorageError("write \(name)", error)
        }
        unsynced.insert(name)
        // Whoever reads on in the old file must not.
        if replacing { readers.forget(name) }
    }

    /// Notes an object of another run, which may have died before its sync.
    public func adopt(_ name: String) {
        unsynced.insert(name)
    }

    private func write(
        _ content: UnsafeRawBufferPointer,
        to file: borrowing OpenFile
    ) throws(FileError) {
        let address = UInt(bitPattern: content.baseAddress)
        let aligned = address % 4096 == 0 && content.count % 4096 == 0
        if aligned, content.count >= Self.directWriteMinimumBytes, file.setDirect(true) {
            do throws(FileError) {
                return try unsafe file.write(content, at: 0)
            } catch {
                // Some file systems accept the flag and refuse the write.
                guard error.code == .unsupported, file.setDirect(false) else { throw error }
            }
        }
        try unsafe file.write(content, at: 0)
    }

    /// Reads a range of an object.
    public func get(
        _ name: String,
        at offset: UInt64,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(StorageError) {
        let count: Int
        do throws(FileError) {
            count = try unsafe readers.reader(name, in: root).file.read(into: buffer, at: offset)
        } catch {
            throw StorageError("read \(name)", error)
        }
        guard count == buffer.count else {
            throw StorageError(
                code: .truncated,
                message: "\(name) ends at byte \(offset + UInt64(count)) of its needed "
                    + "\(offset + UInt64(buffer.count))"
            )
        }
    }

    /// Reads a small object whole.
    public func getSmall(_ name: String, limit: Int) throws(StorageError) -> [UInt8] {
        try ObjectName.check(name)
        do throws(FileError) {
            return try root.folder(Path(name).parent).open(Path(name).lastComponent, .read)
                .readAll(limitBytes: limit)
        } catch {
            throw StorageError("read \(name)", error)
        }
    }

    /// The objects below a folder; names that are not ours are passed over.
    public func list(_ folder: String) throws(StorageError) -> [StoredObject] {
        var found: [StoredObject] = []
        do throws(FileError) {
            try list(folder, into: &found)
        } catch {
            if error.code == .notFound { return [] }
            throw StorageError("list \(folder)", error)
        }
        // A folder's content comes behind names such as `a-b` and `a.b` of its neighbours.
        return found.sorted { $0.name < $1.name }
    }

    private func list(_ folder: String, into found: inout [StoredObject]) throws(FileError) {
        let directory = try root.folder(Path(folder))
        var folders: [String] = []
        for name in try directory.names() {
            guard let text = name.text else { continue }
            let status: FileStatus
            do throws(FileError) {
                status = try directory.status(name)
            } catch {
                if error.code == .notFound { continue }
                throw error
            }
            if status.kind == .folder {
                folders.append("\(folder)/\(text)")
            } else if status.kind == .file {
                found.append(StoredObject(name: "\(folder)/\(text)", sizeBytes: status.sizeBytes))
            }
        }
        guard folders.count > Self.listThreadCount else {
            for folder in folders { try list(folder, into: &found) }
            return
        }
        let below = Monitor([StoredObject]())
        try WorkPool.run(folders, threadCount: Self.listThreadCount) {
            [self] (folder) throws(FileError) in
            var own: [StoredObject] = []
            try list(folder, into: &own)
            below.change { $0 += own }
        }
        found += below.change { $0 }
    }

    /// Removes an object.
    public func delete(_ name: String) throws(StorageError) {
        try ObjectName.check(name)
        do throws(FileError) {
            try root.folder(Path(name).parent).remove(Path(name).lastComponent)
        } catch {
            if error.code == .notFound { return }
            throw StorageError("delete \(name)", error)
        }
        readers.forget(name)
        unsynced.insert(name)
    }

    /// Makes all names durable.
    public func sync() throws(StorageError) {
        try unsynced.sync(in: root)
    }

    /// Writes an object and keeps it locked.
    public func hold(_ name: String, _ content: [UInt8]) throws(StorageError) -> any StoreHold {
        try ObjectName.check(name)
        do throws(FileError) {
            return try drafts.write(in: root) {
                (drafts: borrowing Directory, temporary: Path) throws(FileError) in
                let target = try root.madeFolder(Path(name).parent)
                let file = try drafts.open(temporary, .create)
                do throws(FileError) {
                    // Locked before it has its name: no other run sees it free while we live.
                    guard try file.tryLock() else {
                        throw FileError(code: .busy, message: "another process has locked it")
                    }
                    try file.append(content)
                    try file.sync()
                    try drafts.rename(temporary, to: target, Path(name).lastComponent)
                } catch {
                    try? drafts.remove(temporary)
                    throw error
                }
                unsynced.insert(name)
                return Hold(file, name, self)
            }
        } catch {
            throw StorageError("hold \(name)", error)
        }
    }

    /// Whether a process that lives has the lock of an object, or may be about to take it.
    public func isHeld(_ name: String) throws(StorageError) -> Bool {
        do throws(FileError) {
            let file = try root.folder(Path(name).parent).open(Path(name).lastComponent, .read)
            if try !file.tryLock() { return true }
            return try Drafts.isYoung(name, file)
        } catch {
            if error.code == .notFound { return false }
            throw StorageError("look at \(name)", error)
        }
    }

    /// Removes files that no living process has locked.
    public func removeLeavings(heldIn folder: String) throws(StorageError) {
        for object in try list(Drafts.folder) + list(folder) {
            let name = Path(object.name)
            guard
                let file = try? root.folder(name.parent).open(name.lastComponent, .update),
                let isFree = try? file.tryLock(), isFree,
                let isYoung = try? Drafts.isYoung(object.name, file), !isYoung
            else { continue }
            // Locked until it is gone.
            defer { _ = file.path }
            try delete(object.name)
        }
    }
}
