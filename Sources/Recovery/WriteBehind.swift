internal import Files
internal import Threads

/// Writes blocks of new files on a thread of its own, while the next bytes are read and proven.
///
/// Past the page cache where the file system can: a restored file is as a rule larger than what
/// memory should be spent on, and what is on the disk already need not be waited for at the end.
final class WriteBehind: Sendable {
    /// A file that is being written; shared with the thread that writes.
    final class Target: Sendable {
        let file: OpenFile

        init(_ file: consuming OpenFile) { self.file = file }
    }

    /// Large enough that a disk is not kept waiting between two writes.
    static let blockBytes = 4 << 20
    private static let blockCount = 4

    private struct Job: Sendable {
        let target: Target
        let block: AlignedBuffer
        let byteCount: Int
        let offset: UInt64
    }

    private struct State {
        var free = (0..<WriteBehind.blockCount).map { _ in
            AlignedBuffer(byteCount: WriteBehind.blockBytes)
        }
        var pending = 0
        var failure: FileError?
    }

    private let state: Monitor<State>
    private let jobs: BoundedQueue<Job>
    private let thread: OwnedThread

    init() {
        let state = Monitor(State())
        let jobs = BoundedQueue<Job>(limit: Self.blockCount)
        thread = OwnedThread {
            while let job = jobs.pop() {
                let failure = Self.write(job)
                state.change {
                    $0.pending -= 1
                    $0.free.append(job.block)
                    if $0.failure == nil { $0.failure = failure }
                }
            }
        }
        self.state = state
        self.jobs = jobs
    }

    deinit {
        jobs.close()
        thread.join()
    }

    private static func write(_ job: Job) -> FileError? {
        let bytes = unsafe job.block.slice(0..<job.byteCount)
        let isWhole = (job.offset | UInt64(job.byteCount)) & 4095 == 0
        do throws(FileError) {
            if isWhole, job.target.file.setDirect(true) {
                do throws(FileError) {
                    try unsafe job.target.file.write(bytes, at: job.offset)
                    return nil
                } catch {
                    // Some file systems accept the flag and refuse the write.
                    guard error.code == .unsupported else { throw error }
                }
            }
            _ = job.target.file.setDirect(false)
            try unsafe job.target.file.write(bytes, at: job.offset)
            return nil
        } catch {
            return error
        }
    }

    /// An empty block to fill; waits for one.
    func block() -> AlignedBuffer {
        state.wait { $0.free.popLast() }
    }

    /// Writes the first bytes of a block, later.
    func write(_ block: AlignedBuffer, _ byteCount: Int, at offset: UInt64, to target: Target) {
        state.change { $0.pending += 1 }
        jobs.push(Job(target: target, block: block, byteCount: byteCount, offset: offset))
    }

    /// Takes a block back that was not written.
    func giveBack(_ block: AlignedBuffer) {
        state.change { $0.free.append(block) }
    }

    /// The first failure since the last call of ``drain()``, which may still come.
    var failure: FileError? { state.change { $0.failure } }

    /// Waits until everything is written.
    ///
    /// - Returns: The first failure, which is forgotten with this.
    func drain() -> FileError? {
        state.wait { state -> FileError?? in
            guard state.pending == 0 else { return nil }
            defer { state.failure = nil }
            return .some(state.failure)
        }
    }
}
