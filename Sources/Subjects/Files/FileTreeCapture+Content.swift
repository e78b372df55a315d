internal import Files
internal import Manifests

/// What a file of the tree comes to: its content, only its hash, a database's copy, or a line that
/// says why it is not there.
extension FileTreeCapture {
    mutating func file(
        _ item: borrowing TreeWalk.Item,
        in folder: borrowing Directory,
        _ sink: any CaptureSink
    ) throws(CaptureError) {
        if try isSidecar(item, in: folder) { return }
        let parent = try sink.parentEntry(at: item.path)
        if let outcome = databases.outcome(at: item.path, item.status) {
            return try database(item, in: folder, outcome, sink)
        }
        if let parent, parent.database == nil, parent.matches(item.status),
            parent.isElsewhere != keepsContent(item.path, parent.sizeBytes),
            source.storesSecrets || !SecretFiles.mayBeSecret(item.name),
            try sink.reuseParentEntry()
        {
            return
        }
        if parent?.database != nil {
            note(
                "database-lost",
                item.path,
                "it was a database in the last snapshot and is none now; it is kept as a file",
                .incomplete
            )
        }
        try content(item, in: folder, sink)
    }

    /// Sidecars belong to their database; what only has such a name is an ordinary file.
    private mutating func isSidecar(
        _ item: borrowing TreeWalk.Item,
        in folder: borrowing Directory
    ) throws(CaptureError) -> Bool {
        guard let owner = DatabaseSidecars.owner(of: item.name) else { return false }
        let siblings = item.siblings
        guard siblings.contains(owner) else {
            // An index is not even opened: closing it would drop SQLite's locks on it.
            if !DatabaseSidecars.isIndex(item.name), DatabaseSidecars.isLog(item.name, in: folder) {
                note(
                    "orphan-sidecar",
                    item.path,
                    "it is the log of a database \(owner) that is not there; kept as a file",
                    .warning
                )
            }
            return false
        }
        let ownerPath = item.path.parent.bytes == [.dot] ? owner : item.path.parent.appending(owner)
        switch databases.outcome(at: ownerPath, item.status) {
        case .asFiles, .none: return false
        default: return true
        }
    }

    private mutating func content(
        _ item: borrowing TreeWalk.Item,
        in folder: borrowing Directory,
        _ sink: any CaptureSink
    ) throws(CaptureError) {
        let name = item.name
        guard
            let file = attempt(item.path, { () throws(FileError) in try folder.open(name, .read) })
        else { return }
        guard let start = attempt(item.path, { () throws(FileError) in try Self.start(of: file) }),
            let found = attempt(item.path, { () throws(FileError) in try file.attributes() }),
            let status = attempt(item.path, { () throws(FileError) in try file.status() })
        else { return }
        guard status.kind == .file else {
            return note("changed", item.path, "it was replaced while it was looked at", .warning)
        }
        guard status.sizeBytes < FileEntry.sizeLimitBytes else {
            let why = "it is longer than a manifest can state, mostly one hole; exclude it"
            return note("too-long", item.path, why, .incomplete)
        }
        if start.starts(with: "SQLite format 3\0".utf8) {
            _ = consume file
            return try database(item, in: folder, databases.late(at: item.path), sink)
        }
        if !source.storesSecrets, SecretFiles.isSecret(name, start: { start }) {
            return note(
                "secret",
                item.path,
                "it looks like a secret and is not kept; exclude it, or set `secrets: store`",
                .incomplete
            )
        }
        // Of the file that is read, not of the one that had its name a moment before.
        var entry = entry(.file, item.path, status)
        entry.attributes = found.map { .init(name: $0.name, value: $0.value) }
        if status.linkCount > 1 {
            entry.hardlink =
                String(status.device, radix: 16) + ":" + String(status.inode, radix: 16)
            if try sink.addLinked(entry) { return }
        }
        try keep(entry, file, sink)
    }

    /// What is empty is here as much as anywhere.
    private func keepsContent(_ path: Path, _ sizeBytes: UInt64) -> Bool {
        sizeBytes == 0 || source.keepsContent(of: path)
    }

    private static func start(of file: borrowing OpenFile) throws(FileError) -> [UInt8] {
        let buffer = AlignedBuffer(byteCount: 4096)
        let count = try unsafe file.read(into: buffer.bytes, at: 0)
        return unsafe Array(buffer.slice(0..<count))
    }

    private mutating func keep(
        _ entry: FileEntry,
        _ file: borrowing OpenFile,
        _ sink: any CaptureSink
    ) throws(CaptureError) {
        do throws(CaptureError) {
            let steadiness =
                source.keepsContent(of: entry.path)
                ? try sink.add(entry, content: file) : try sink.add(entry, digestOf: file)
            switch steadiness {
            case .steady: return
            case .changed:
                note("changed", entry.path, "it changed while it was read", .warning)
            case .shrank:
                note("shrank", entry.path, "it became shorter while it was read", .warning)
            }
        } catch {
            guard error.code == .source else { throw error }
            note("unreadable", entry.path, error.message, .incomplete)
        }
    }

    private mutating func database(
        _ item: borrowing TreeWalk.Item,
        in folder: borrowing Directory,
        _ outcome: DatabaseOutcome,
        _ sink: any CaptureSink
    ) throws(CaptureError) {
        switch outcome {
        case .unchanged:
            if try sink.reuseParentEntry() { return }
            try database(item, in: folder, databases.late(at: item.path), sink)
        case .asFiles: try content(item, in: folder, sink)
        case .failed(let code, let message): note(code, item.path, message, .incomplete)
        case .copy(let path, let facts, let problem):
            if let problem {
                let weight: CaptureReport.Problem.Weight =
                    problem.isIncomplete ? .incomplete : .warning
                note(problem.code, item.path, problem.message, weight)
            }
            var entry = entry(.file, item)
            entry.database = facts
            entry.isRacy = false
            let name = item.name
            // By name: a descriptor of ours would drop this process's locks when it is closed.
            let found = attempt(item.path) { () throws(FileError) in
                try folder.attributes(of: name)
            }
            entry.attributes = (found ?? []).map { .init(name: $0.name, value: $0.value) }
            guard
                let copy = attempt(item.path, { () throws(FileError) in try OpenFile(path, .read) })
            else { return }
            try sink.add(entry, pagesOf: copy)
        }
    }
}
