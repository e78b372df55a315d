internal import Files

/// Takes the pieces of one new file, in order; a large one is gathered to blocks, which are
/// written behind.
///
/// Ends with ``finish()`` or ``discard()``.
struct FileWriter {
    /// Smaller ones are left to the page cache: waiting for the disk takes longer than they do.
    static let behindMinimumBytes: UInt64 = 1 << 20

    let target: WriteBehind.Target
    private let behind: WriteBehind?
    private var block: AlignedBuffer?
    private var start: UInt64 = 0
    private var filled = 0
    private var limit = 0

    /// Sets the length first, so that holes need not be written.
    init(
        _ file: consuming OpenFile,
        sizeBytes: UInt64,
        behind: WriteBehind
    ) throws(FileError) {
        target = WriteBehind.Target(file)
        self.behind = sizeBytes >= Self.behindMinimumBytes ? behind : nil
        if sizeBytes > 0 { try target.file.truncate(to: sizeBytes) }
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(FileError) {
        guard let behind else { return try unsafe target.file.write(bytes, at: offset) }
        if let failure = behind.failure { throw failure }
        if offset != start + UInt64(filled) { hand(to: behind) }
        var done = 0
        while done < bytes.count {
            let block = self.block ?? begin(behind.block(), at: offset + UInt64(done))
            let count = min(bytes.count - done, limit - filled)
            let piece = unsafe UnsafeRawBufferPointer(rebasing: bytes[done..<(done + count)])
            unsafe block.room(filled..<(filled + count)).copyMemory(from: piece)
            filled += count
            done += count
            if filled == limit { hand(to: behind) }
        }
    }

    /// Blocks end where the disk's blocks do, wherever they begin.
    private mutating func begin(_ block: AlignedBuffer, at offset: UInt64) -> AlignedBuffer {
        self.block = block
        start = offset
        filled = 0
        limit = WriteBehind.blockBytes - Int(offset & 4095)
        return block
    }

    private mutating func hand(to behind: WriteBehind) {
        guard let block else { return }
        behind.write(block, filled, at: start, to: target)
        self.block = nil
    }

    /// Waits until all of it is written.
    mutating func finish() throws(FileError) {
        guard let behind else { return }
        hand(to: behind)
        if let failure = behind.drain() { throw failure }
    }

    /// Waits until nothing more of it is written.
    mutating func discard() {
        guard let behind else { return }
        if let block { behind.giveBack(block) }
        block = nil
        _ = behind.drain()
    }
}
