internal import Cryptography
internal import Files
internal import Manifests

/// Reads files to the end and compares their SHA-256; the same content in the same extents once.
final class FileProof {
    private let content: ContentReader
    private let onBytes: (Int) -> Void
    private var hasher = SHA256()
    private var seen: Set<Digest> = []
    /// Nil once it was read: what an entry holds is given back at once.
    private var waiting: [(entry: FileEntry, key: Digest)?] = []
    private var head = 0
    /// Why files could not be proven, by key.
    private(set) var failed: [Digest: String] = [:]
    /// The length of the files that were proven.
    private(set) var provenBytes: UInt64 = 0

    init(_ repository: Repository, _ ledger: ReadLedger, onBytes: @escaping (Int) -> Void) {
        content = ContentReader(repository, ledger: ledger)
        self.onBytes = onBytes
    }

    /// Queues a file; reads earlier ones where the queue is full.
    func add(_ entry: FileEntry) {
        let key = EntryChunks.key(of: entry, &hasher)
        guard seen.insert(key).inserted else { return }
        do throws(RepositoryError) {
            try content.announce(entry)
        } catch {
            failed[key] = error.message
            return
        }
        waiting.append((entry, key))
        while !content.hasRoom { readFirst() }
    }

    /// Reads what is left.
    func finish(_ check: () throws(RepositoryError) -> Void) throws(RepositoryError) {
        while head < waiting.count {
            try check()
            readFirst()
        }
    }

    private func readFirst() {
        guard let (entry, key) = waiting[head] else { return }
        waiting[head] = nil
        head += 1
        if head > 1024 {
            waiting.removeFirst(head)
            head = 0
        }
        do throws(RepositoryError) {
            try unsafe content.read(entry) { (bytes, _) throws(FileError) in
                onBytes(bytes.count)
            }
            provenBytes += entry.sizeBytes
        } catch {
            failed[key] = error.message
        }
    }
}
