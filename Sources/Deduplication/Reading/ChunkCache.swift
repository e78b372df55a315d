internal import Cryptography
internal import Files
internal import Threads

/// Chunks that are being read ahead by several threads, or were read and are still wanted.
///
/// Bounded: as many buffers as the sizes given. A chunk with no planned use left gives its
/// buffer to the next, but never while a thread still reads into it.
final class ChunkCache: Sendable {
    private struct Entry {
        let buffer: AlignedBuffer
        var uses = 1
        /// What the reading gave, once it is over.
        var outcome: Result<Content, RepositoryError>?
    }

    private struct Content {
        let byteCount: Int
        let location: ChunkIndex.Location
        var isProven: Bool
    }

    private struct State {
        var entries: [Digest: Entry] = [:]
        /// In order of arrival, to be dropped from the front.
        var order: [Digest] = []
        /// How many more buffers may be made.
        var small: Int
        var large: Int
    }

    private struct Job: Sendable {
        let chunk: Digest
        let buffer: AlignedBuffer
        let isProving: Bool
    }

    private let state: Monitor<State>
    private let jobs: BoundedQueue<Job>
    private let threads: [OwnedThread]
    private let index: ChunkIndex
    private let ledger: ReadLedger?

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - repository: Where the chunks are.
    ///   - ledger: Notes what was proven.
    ///   - threadCount: How many read ahead.
    ///   - smallCount: Buffers of 1 MiB, at least one.
    ///   - largeCount: Buffers of 4 MiB, at least one.
    init(
        _ repository: Repository,
        ledger: ReadLedger? = nil,
        threadCount: Int = OwnedThread.recommendedCount,
        smallCount: Int = 24,
        largeCount: Int? = nil
    ) {
        let largeCount = largeCount ?? 4 + 4 * threadCount
        precondition(smallCount > 0 && largeCount > 0)
        index = repository.index
        self.ledger = ledger
        // Room for a job of every buffer: a push never waits.
        let jobs = BoundedQueue<Job>(limit: smallCount + largeCount)
        let state = Monitor(State(small: smallCount, large: largeCount))
        threads = (0..<threadCount).map { _ in
            OwnedThread {
                let reader = ChunkReader(
                    store: repository.store,
                    index: repository.index,
                    ledger: ledger
                )
                while let job = jobs.pop() {
                    let outcome = Self.read(job, reader, ledger)
                    state.change { $0.entries[job.chunk]?.outcome = outcome }
                }
            }
        }
        self.jobs = jobs
        self.state = state
    }

    private static func read(
        _ job: Job,
        _ reader: ChunkReader,
        _ ledger: ReadLedger?
    ) -> Result<Content, RepositoryError> {
        do throws(RepositoryError) {
            let (byteCount, location) = try unsafe reader.load(
                job.chunk,
                into: job.buffer.bytes,
                isProving: job.isProving
            )
            if job.isProving { ledger?.prove(location) }
            let content = Content(
                byteCount: byteCount,
                location: location,
                isProven: job.isProving
            )
            return .success(content)
        } catch {
            return .failure(error)
        }
    }

    /// Starts to read a chunk, or notes one more use of it.
    ///
    /// - Parameters:
    ///   - chunk: Its id.
    ///   - isProving: Whether a thread compares it with its id; else the caller must, who then
    ///     calls ``settle(_:)``. One that was planned before is read as it was planned first.
    /// - Returns: False where no buffer is free: plan it again later.
    func plan(_ chunk: Digest, isProving: Bool) -> Bool {
        let isSmall = isSmall(chunk)
        let step = state.change { Self.plan(chunk, isProving, isSmall, &$0) }
        return start(step)
    }

    /// Plans a chunk and waits for a buffer; there must be no planned use of any other.
    func planWaiting(_ chunk: Digest, isProving: Bool) {
        let isSmall = isSmall(chunk)
        let step = state.wait { state -> Step? in
            let step = Self.plan(chunk, isProving, isSmall, &state)
            if case .full = step { return nil }
            return step
        }
        _ = start(step)
    }

    private enum Step {
        case full
        case known
        case new(Job)
    }

    private func start(_ step: Step) -> Bool {
        switch step {
        case .full: return false
        case .known: return true
        case .new(let job):
            jobs.push(job)
            return true
        }
    }

    private func isSmall(_ chunk: Digest) -> Bool {
        (index.locations(of: chunk).map(\.plainBytes).max() ?? 0) <= BufferPool.smallBytes
    }

    private static func plan(
        _ chunk: Digest,
        _ isProving: Bool,
        _ isSmall: Bool,
        _ state: inout State
    ) -> Step {
        if state.entries[chunk] != nil {
            state.entries[chunk]?.uses += 1
            return .known
        }
        guard let buffer = buffer(isSmall, &state) else { return .full }
        state.entries[chunk] = Entry(buffer: buffer)
        state.order.append(chunk)
        return .new(Job(chunk: chunk, buffer: buffer, isProving: isProving))
    }

    private static func buffer(_ isSmall: Bool, _ state: inout State) -> AlignedBuffer? {
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
            guard let entry = state.entries[chunk], entry.uses == 0, entry.outcome != nil,
                unsafe entry.buffer.bytes.count == wanted
            else { continue }
            state.entries[chunk] = nil
            state.order.remove(at: position)
            return entry.buffer
        }
        return nil
    }

    /// The plaintext of a planned chunk, and whether it is proven; waits until it is read.
    ///
    /// Valid until ``release(_:)``.
    func take(
        _ chunk: Digest
    ) throws(RepositoryError) -> (bytes: UnsafeRawBufferPointer, isProven: Bool) {
        let (buffer, outcome) = state.wait { state in
            guard let entry = state.entries[chunk], entry.uses > 0 else {
                preconditionFailure("only planned chunks are taken")
            }
            return entry.outcome.map { (entry.buffer, $0) }
        }
        let content = try outcome.get()
        return unsafe (buffer.slice(0..<content.byteCount), content.isProven)
    }

    /// Notes that a taken chunk is what its id says.
    func settle(_ chunk: Digest) {
        let location = state.change { state -> ChunkIndex.Location? in
            guard case .success(var content)? = state.entries[chunk]?.outcome, !content.isProven
            else { return nil }
            content.isProven = true
            state.entries[chunk]?.outcome = .success(content)
            return content.location
        }
        if let location { ledger?.prove(location) }
    }

    /// One planned use is over, whether it was taken or not.
    func release(_ chunk: Digest) {
        state.change { $0.entries[chunk]?.uses -= 1 }
    }

    /// Ends the threads.
    func close() {
        jobs.close()
        for thread in threads { thread.join() }
    }
}
