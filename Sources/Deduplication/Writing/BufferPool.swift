internal import Files
internal import Threads

/// Lends buffers of two sizes and waits while all are out: the bound of a backup's memory.
final class BufferPool: Sendable {
    static let smallBytes = 1 << 20
    static let largeBytes = 4 << 20

    private let small: Monitor<[AlignedBuffer]>
    private let large: Monitor<[AlignedBuffer]>

    init(smallCount: Int, largeCount: Int) {
        small = Monitor((0..<smallCount).map { _ in AlignedBuffer(byteCount: Self.smallBytes) })
        large = Monitor((0..<largeCount).map { _ in AlignedBuffer(byteCount: Self.largeBytes) })
    }

    func lease(_ byteCount: Int) -> AlignedBuffer {
        precondition(byteCount <= Self.largeBytes)
        return (byteCount <= Self.smallBytes ? small : large).wait { $0.popLast() }
    }

    func giveBack(_ buffer: AlignedBuffer) {
        (unsafe buffer.bytes.count == Self.smallBytes ? small : large).change { $0.append(buffer) }
    }
}
