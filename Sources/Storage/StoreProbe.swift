public import Files

/// What the file system below a folder can do, found by trying.
///
/// Everything is tried in a folder of its own that is gone afterwards.
public struct StoreProbe: Sendable, Equatable {
    /// One thing that is tried.
    public enum Ability: String, Sendable, CaseIterable {
        /// A file's content survives a power cut once it is synced.
        case fileSync = "fsync of a file"
        /// So do the names in a folder.
        case folderSync = "fsync of a folder"
        /// A name that is taken is not created again.
        case exclusiveCreation = "O_EXCL"
        /// A rename never replaces what has the new name, by the kernel or by a hard link.
        case noReplaceRename = "no-replace rename"
        /// Two processes do not hold one lock.
        case locks = "flock"
        /// Names that point elsewhere.
        case symbolicLinks = "symlinks"
        /// Extended attributes of a user's own.
        case attributes = "xattrs"
        /// Writes past the page cache.
        case directWrites = "O_DIRECT"

        /// Its name in JSON and in codes, such as `file_sync`.
        public var key: String {
            String(describing: self).reduce(into: "") { key, letter in
                key += letter.isUppercase ? "_" + letter.lowercased() : String(letter)
            }
        }

        /// Without it, what was published could be lost or replaced.
        public var isNeeded: Bool {
            switch self {
            case .fileSync, .folderSync, .exclusiveCreation, .noReplaceRename: true
            case .locks, .symbolicLinks, .attributes, .directWrites: false
            }
        }

        /// What is worse without it; nil where it only costs speed.
        public var loss: String? {
            switch self {
            case .fileSync, .folderSync, .exclusiveCreation, .noReplaceRename:
                "a repository cannot be kept here"
            case .locks: "two runs at once are not kept apart"
            case .symbolicLinks, .attributes: "a restore onto it loses them; snapshots keep them"
            case .directWrites: nil
            }
        }
    }

    /// What does not work, with the reason.
    public let missing: [Ability: String]
    /// The bytes that may still be written.
    public let availableBytes: UInt64

    /// States an outcome.
    ///
    /// - Parameters:
    ///   - missing: What does not work, with the reason.
    ///   - availableBytes: The bytes that may still be written.
    public init(missing: [Ability: String], availableBytes: UInt64) {
        self.missing = missing
        self.availableBytes = availableBytes
    }

    /// Tries everything.
    ///
    /// - Parameter folder: A folder that exists and may be written to.
    /// - Returns: The outcome, good or bad.
    /// - Throws: ``StorageError`` where nothing can be tried: no rights, no room.
    public static func run(in folder: Path) throws(StorageError) -> StoreProbe {
        let name = Path(".probe-" + String(UInt64.random(in: 0 ... .max), radix: 36))
        do throws(FileError) {
            let parent = try Directory(folder)
            try parent.makeFolder(name)
            defer { try? parent.removeTree(name) }
            let place = try parent.folder(name)
            var missing: [Ability: String] = [:]
            for ability in Ability.allCases {
                do throws(FileError) {
                    try attempt(ability, in: place)
                } catch {
                    // A full disk says nothing about what its file system can do.
                    if error.code == .full { throw error }
                    missing[ability] = error.message
                }
            }
            return StoreProbe(
                missing: missing,
                availableBytes: try parent.asFile().room().availableBytes
            )
        } catch {
            throw StorageError("try out \(folder)", error)
        }
    }

    private static func attempt(
        _ ability: Ability,
        in place: borrowing Directory
    ) throws(FileError) {
        let name = Path(String(describing: ability))
        switch ability {
        case .fileSync:
            let file = try place.open(name, .create)
            try file.append([1])
            try file.sync()
        case .folderSync: try place.sync()
        case .exclusiveCreation:
            _ = try place.open(name, .create)
            try refused("created twice") { () throws(FileError) in
                _ = try place.open(name, .create)
            }
        case .noReplaceRename: try rename(name, in: place)
        case .locks:
            let first = try place.open(name, .lock)
            let second = try place.open(name, .lock)
            guard try first.tryLock(), try !second.tryLock() else {
                throw FileError(code: .unsupported, message: "a lock was given twice")
            }
            _ = first.path  // Keeps the first one held until here.
        case .symbolicLinks:
            try place.makeLink(name, to: Path("target"))
            guard try place.linkTarget(name) == Path("target") else {
                throw FileError(code: .unsupported, message: "a link came back changed")
            }
        case .attributes:
            let file = try place.open(name, .create)
            try file.setAttribute("user.recover", [1])
            guard try file.attributes().contains(where: { $0.name == "user.recover" }) else {
                throw FileError(code: .unsupported, message: "an attribute did not stay")
            }
        case .directWrites: try writeDirectly(try place.open(name, .create))
        }
    }

    private static func rename(_ name: Path, in place: borrowing Directory) throws(FileError) {
        let (draft, second) = (name.adding(suffix: "-1"), name.adding(suffix: "-2"))
        for draft in [draft, second] { _ = try place.open(draft, .create) }
        try place.rename(draft, to: place, name)
        try refused("a rename replaced a file") { () throws(FileError) in
            try place.rename(second, to: place, name)
        }
    }

    private static func writeDirectly(_ file: consuming OpenFile) throws(FileError) {
        guard file.setDirect(true) else {
            throw FileError(code: .unsupported, message: "the file system refuses it")
        }
        let buffer = AlignedBuffer(byteCount: 4096)
        unsafe buffer.bytes.initializeMemory(as: UInt8.self, repeating: 0)
        try unsafe file.write(buffer.slice(0..<4096), at: 0)
    }

    /// Does what must fail because a name is taken.
    private static func refused(
        _ complaint: String,
        _ body: () throws(FileError) -> Void
    ) throws(FileError) {
        do throws(FileError) {
            try body()
        } catch {
            if error.code == .exists { return }
            throw error
        }
        throw FileError(code: .unsupported, message: complaint)
    }
}
