internal import Files
internal import Threads

/// Receives from the connection while what came before is still being kept: the two take a
/// thread each.
///
/// The consumer is called from one thread, and never after ``feed(_:_:)`` has returned.
final class ReadAhead: ByteConsumer, @unchecked Sendable {
    private static let pieceBytes = 1 << 20
    private static let pieceCount = 4

    private struct Piece {
        let buffer: AlignedBuffer
        let count: Int
    }

    private let consumer: any ByteConsumer
    private let full = BoundedQueue<Piece>(limit: pieceCount)
    private let free = BoundedQueue<AlignedBuffer>(limit: pieceCount)
    private let isRefused = Monitor(false)
    private var open: (buffer: AlignedBuffer, used: Int)?

    private init(_ consumer: any ByteConsumer) {
        self.consumer = consumer
        for _ in 0..<Self.pieceCount { free.push(AlignedBuffer(byteCount: Self.pieceBytes)) }
    }

    /// Runs a transfer whose bytes a consumer takes on another thread.
    ///
    /// - Parameters:
    ///   - consumer: Takes all that came, in order, until it wants no more.
    ///   - transfer: Receives; it is told to stop some pieces after the consumer said so.
    /// - Returns: What the transfer returns, once the consumer has taken the last byte.
    /// - Throws: ``QdrantError`` of the transfer.
    static func feed<Outcome>(
        _ consumer: any ByteConsumer,
        _ transfer: (any ByteConsumer) throws(QdrantError) -> Outcome
    ) throws(QdrantError) -> Outcome {
        let queue = ReadAhead(consumer)
        let thread = OwnedThread { queue.handOn() }
        defer {
            queue.endPiece()
            queue.full.close()
            thread.join()
        }
        return try transfer(queue)
    }

    func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if isRefused.change({ $0 }) { return false }
        var rest = unsafe bytes[...]
        while unsafe !rest.isEmpty {
            guard let (buffer, used) = open ?? free.pop().map({ ($0, 0) }) else { return false }
            let piece = unsafe rest.prefix(Self.pieceBytes - used)
            let end = unsafe used + piece.count
            unsafe buffer.room(used..<end).copyMemory(from: UnsafeRawBufferPointer(rebasing: piece))
            open = (buffer, end)
            unsafe rest = rest.dropFirst(piece.count)
            if end == Self.pieceBytes { endPiece() }
        }
        return true
    }

    private func endPiece() {
        guard let (buffer, used) = open else { return }
        open = nil
        full.push(Piece(buffer: buffer, count: used))
    }

    private func handOn() {
        while let piece = full.pop() {
            if !isRefused.change({ $0 }),
                unsafe !consumer.take(piece.buffer.slice(0..<piece.count))
            {
                isRefused.change { $0 = true }
            }
            free.push(piece.buffer)
        }
    }
}
