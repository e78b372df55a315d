internal import Glibc

/// A fixed piece of memory on a 4 KiB boundary, as direct writes need it; freed with its last owner.
///
/// Not synchronised: whoever holds it decides which thread may touch it.
@safe
public final class AlignedBuffer: @unchecked Sendable {
    /// The whole memory.
    public let bytes: UnsafeMutableRawBufferPointer

    /// Allocates without clearing.
    ///
    /// - Parameter byteCount: The size in bytes.
    public init(byteCount: Int) {
        unsafe bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 4096)
    }

    deinit { unsafe bytes.deallocate() }

    /// The first bytes, for reading.
    ///
    /// - Parameter range: Which bytes.
    /// - Returns: A view that is valid while the buffer lives and nobody writes to it.
    public func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(rebasing: bytes[range])
    }

    /// The same for writing.
    ///
    /// - Parameter range: Which bytes.
    /// - Returns: A view that is valid while the buffer lives.
    public func room(_ range: Range<Int>) -> UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[range])
    }
}
