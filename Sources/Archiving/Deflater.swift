internal import CZlib

/// Compresses bytes into one gzip stream.
@safe
final class Deflater {
    private static let outputByteCount = 1 << 17

    private let stream: UnsafeMutablePointer<z_stream>

    init() throws(ArchiveError) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // 15 bits of window; 16 more for the gzip form.
        guard unsafe recover_deflate_init(stream, 6, 15 + 16) == Z_OK else {
            throw ArchiveError(.setup, "zlib cannot start")
        }
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Compresses further bytes.
    ///
    /// - Parameters:
    ///   - bytes: Any number of bytes.
    ///   - isLast: Whether the stream ends with them.
    /// - Returns: What can be written by now; everything when it was the last piece.
    /// - Throws: ``ArchiveError`` with code `setup`.
    func add(_ bytes: ArraySlice<UInt8>, isLast: Bool) throws(ArchiveError) -> [UInt8] {
        let stream = unsafe self.stream
        var output: [UInt8] = []
        var result = Z_OK
        unsafe bytes.withUnsafeBufferPointer { input in
            // zlib only reads what next_in points to; its type says otherwise.
            unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            unsafe stream.pointee.avail_in = UInt32(input.count)
            repeat {
                unsafe output += [UInt8](
                    unsafeUninitializedCapacity: Self.outputByteCount
                ) { room, count in
                    unsafe stream.pointee.next_out = room.baseAddress
                    unsafe stream.pointee.avail_out = UInt32(room.count)
                    result = unsafe deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                    count = unsafe room.count - Int(stream.pointee.avail_out)
                }
            } while unsafe stream.pointee.avail_out == 0
        }
        // Z_BUF_ERROR only says that there was nothing to do.
        guard result == (isLast ? Z_STREAM_END : Z_OK) || !isLast && result == Z_BUF_ERROR else {
            throw ArchiveError(.setup, "zlib cannot compress")
        }
        return output
    }
}
