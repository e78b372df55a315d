internal import Cryptography
internal import Files
internal import Threads

/// Chunks that are being read ahead by several threads, or were read and are still wanted.
///
/// Bounded: as many buffers as the pool has; a chunk that nobody has planned for gives its
/// buffer to the next.
final class ChunkCache: Sendable {
    final class Item: Sendable {
        let chunk: Digest
        let buffer: AlignedBuffer
        fileprivate let outcome = Monitor<Result<Int, RepositoryError>?>(nil)

        init(_ chunk: Digest, _ buffer: AlignedBuffer) {
            self.chunk = chunk
            self.buffer = buffer
        }

        /// The plaintext's size; waits until the chunk is read and proven.
        func wait() throws(RepositoryError) -> Int {
            try outcome.wait { $0 }.get()
        }
    }

    private struct State {
        var items: [Digest: (item: Item, uses: Int)] = [:]
        /// In order of arrival, to be dropped from the front.
        var order: [Digest] = []
        var small: Int
        var large: Int
        var freeSmall: [AlignedBuffer] = []
        var freeLarge: [AlignedBuffer] = []
    }

    private let state: Monitor<State>
    private let jobs = BoundedQueue<Item>(limit: 4096)
    private let threads: Monitor<[OwnedThread]>
    private let plainBytes: @Sendable (Digest) -> Int?

    init(_ repository: Repository, threadCount: Int = OwnedThread.recommendedCount) {
        state = Monitor(State(small: 24, large: 4 + 4 * threadCount))
        threads = Monitor([])
        plainBytes = { repository.index.locations(of: $0).first?.plainBytes }
        let jobs = self.jobs
        threads.change { threads in
            threads = (0..<threadCount).map { _ in
                OwnedThread {
                    let reader = ChunkReader(store: repository.store, index: repository.index)
                    while let item = jobs.pop() { Self.read(item, reader) }
                }
            }
        }
    }

    private static func read(_ item: Item, _ reader: ChunkReader) {
        let result: Result<Int, RepositoryError>
        do throws(RepositoryError) {
            result = .success(try unsafe reader.read(item.chunk, into: item.buffer.bytes))
        } catch {
            result = .failure(error)
        }
        item.outcome.change { $0 = result }
    }

    /// Starts to read a chunk, or notes one more use of it.
    ///
    /// - Returns: False where no buffer is free: plan it again later.
    func plan(_ chunk: Digest) -> Bool {
        let isSmall = (plainBytes(chunk) ?? 0) <= BufferPool.smallBytes
        var started: Item?
        let planned = state.change { state -> Bool in
            if state.items[chunk] != nil {
                state.items[chunk]?.uses += 1
                return true
            }
            guard let buffer = Self.buffer(isSmall, &state) else { return false }
            let item = Item(chunk, buffer)
            state.items[chunk] = (item, 1)
            state.order.append(chunk)
            started = item
            return true
        }
        if let started { jobs.push(started) }
        return planned
    }

    /// A chunk that was planned.
    func take(_ chunk: Digest) -> Item? {
        state.change { $0.items[chunk]?.item }
    }

    /// One planned use is over.
    func release(_ chunk: Digest) {
        state.change { $0.items[chunk]?.uses -= 1 }
    }

    /// Ends the threads.
    func close() {
        jobs.close()
        for thread in threads.change({ $0 }) { thread.join() }
    }

    private static func buffer(_ isSmall: Bool, _ state: inout State) -> AlignedBuffer? {
        if isSmall, let buffer = state.freeSmall.popLast() { return buffer }
        if !isSmall, let buffer = state.freeLarge.popLast() { return buffer }
        if isSmall, state.small > 0 {
            state.small -= 1
            return AlignedBuffer(byteCount: BufferPool.smallBytes)
        }
        if !isSmall, state.large > 0 {
            state.large -= 1
            return AlignedBuffer(byteCount: BufferPool.largeBytes)
        }
        let wanted = isSmall ? BufferPool.smallBytes : BufferPool.largeBytes
        for (position, chunk) in state.order.enumerated() {
            guard let entry = state.items[chunk], entry.uses == 0,
                unsafe entry.item.buffer.bytes.count == wanted
            else { continue }
            state.items[chunk] = nil
            state.order.remove(at: position)
            return entry.item.buffer
        }
        return nil
    }
}
