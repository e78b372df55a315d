internal import Cryptography
internal import Manifests
internal import Threads

/// Every chunk that some snapshots refer to, found by reading each part of a manifest once.
///
/// What cannot be read is an error: nothing may be removed that might be needed.
struct NeededChunks {
    private let repository: Repository
    private let cancellation: Cancellation
    /// By the start of their ids.
    private(set) var keys: Set<ChunkKey> = []

    init(_ repository: Repository, _ cancellation: Cancellation) {
        self.repository = repository
        self.cancellation = cancellation
    }

    /// Adds what snapshots refer to.
    mutating func add(_ snapshots: [Snapshot]) throws(RepositoryError) {
        var parts: [Digest] = []
        var seen: Set<Digest> = []
        for snapshot in snapshots {
            if let text = snapshot.configuration {
                keys.insert(ChunkKey(try Self.id(text, snapshot)))
            }
            for component in snapshot.components.values {
                for text in component.parts {
                    let id = try Self.id(text, snapshot)
                    if seen.insert(id).inserted { parts.append(id) }
                }
            }
        }
        keys.formUnion(parts.map { ChunkKey($0) })
        for found in try read(parts) { keys.formUnion(found) }
    }

    private static func id(_ text: String, _ snapshot: Snapshot) throws(RepositoryError) -> Digest {
        if let id = Digest(hex: text) { return id }
        throw RepositoryError(code: .damaged, message: "snapshot \(snapshot.id) names \(text)")
    }

    /// Reads parts on several threads.
    private func read(_ parts: [Digest]) throws(RepositoryError) -> [Set<ChunkKey>] {
        let next = Monitor(0)
        let outcome = Monitor((found: [Set<ChunkKey>](), failure: RepositoryError?.none))
        let threads = (0..<min(OwnedThread.recommendedCount, parts.count)).map { _ in
            OwnedThread { [repository, cancellation] in
                var walk = PartWalk(repository)
                let result: Result<Void, RepositoryError>
                do throws(RepositoryError) {
                    while let part = next.change({ Self.take(&$0, parts) }) {
                        guard cancellation.reason == nil else {
                            throw RepositoryError(code: .cancelled, message: "stopped on request")
                        }
                        if outcome.change({ $0.failure != nil }) { break }
                        try walk.read(part)
                    }
                    result = .success(())
                } catch {
                    result = .failure(error)
                }
                let keys = walk.keys
                outcome.change { outcome in
                    outcome.found.append(keys)
                    if case .failure(let error) = result, outcome.failure == nil {
                        outcome.failure = error
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        let (found, failure) = outcome.change { $0 }
        if let failure { throw failure }
        return found
    }

    private static func take(_ next: inout Int, _ parts: [Digest]) -> Digest? {
        defer { next += 1 }
        return next < parts.count ? parts[next] : nil
    }
}

/// Gathers what the entries of parts refer to; one for each thread.
private struct PartWalk {
    private let reader: ChunkReader
    private var lists: Set<Digest> = []
    private(set) var keys: Set<ChunkKey> = []

    init(_ repository: Repository) {
        reader = ChunkReader(store: repository.store, index: repository.index)
    }

    mutating func read(_ part: Digest) throws(RepositoryError) {
        var lines = LineReader(try reader.read(part))
        while let entry = try next(&lines, part) {
            guard entry.kind == .file else { continue }
            for id in (entry.pages?.base ?? []) + (entry.pages?.patches ?? []) {
                keys.insert(ChunkKey(id))
            }
            switch entry.extents {
            case .inline(let extents):
                for case .chunk(let id, _, _) in extents { keys.insert(ChunkKey(id)) }
            case .indirect(let chunks): try readList(chunks)
            case .elsewhere: break
            }
        }
    }

    private func next(
        _ lines: inout LineReader,
        _ part: Digest
    ) throws(RepositoryError) -> FileEntry? {
        do throws(ManifestError) {
            return try lines.entry()?.entry
        } catch {
            throw RepositoryError(error, in: "the manifest part \(part)")
        }
    }

    /// The list of extents of a large file: whatever looks like an id in it counts.
    ///
    /// Its text is not understood, only searched, so that it need never be whole in memory and an
    /// entry that makes no sense keeps too much rather than too little.
    private mutating func readList(_ chunks: [Digest]) throws(RepositoryError) {
        var rest: [UInt8] = []
        for chunk in chunks {
            keys.insert(ChunkKey(chunk))
            let bytes = rest + (try reader.read(chunk))
            var position = 0
            while position + Self.idBytes <= bytes.count {
                guard bytes[position] == 0x22, bytes[position + 65] == 0x22,
                    let id = Digest(hex: bytes[(position + 1)..<(position + 65)])
                else {
                    position += 1
                    continue
                }
                keys.insert(ChunkKey(id))
                position += Self.idBytes
            }
            rest = Array(bytes[position...])
        }
    }

    /// An id in quotes.
    private static let idBytes = 66
}
