internal import CZlib

/// What a gzip file holds; all its streams, each with length and checksum proven.
///
/// libarchive's own gzip filter passes over the checksum, hence zlib.
@safe
final class GunzipSource: ByteSource {
    private static let inputByteCount = 1 << 17

    private let file: any ByteSource
    private let input: UnsafeMutableRawBufferPointer
    private let stream: UnsafeMutablePointer<z_stream>
    /// Whether bytes of a stream have been taken whose end has not been seen.
    private var isInside = true
    private var isFinished = false

    init(_ file: any ByteSource) throws(ArchiveError) {
        self.file = file
        unsafe input = .allocate(byteCount: Self.inputByteCount, alignment: 16)
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // 15 bits of window; 16 more for the gzip form.
        guard unsafe recover_inflate_init(stream, 15 + 16) == Z_OK else {
            throw ArchiveError(.setup, "zlib cannot start")
        }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
        unsafe input.deallocate()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        unsafe stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_out = UInt32(buffer.count)
        while unsafe stream.pointee.avail_out == buffer.count, !isFinished {
            if unsafe stream.pointee.avail_in == 0 { try refill() }
            if !isFinished { try step() }
        }
        return unsafe buffer.count - Int(stream.pointee.avail_out)
    }

    private func refill() throws(ArchiveError) {
        let count = try unsafe file.read(into: input)
        guard count > 0 || !isInside else {
            throw ArchiveError(.truncated, "the gzip data end too early")
        }
        isFinished = count == 0
        unsafe stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_in = UInt32(count)
    }

    private func step() throws(ArchiveError) {
        isInside = true
        switch unsafe inflate(stream, Z_NO_FLUSH) {
        case Z_OK: break
        case Z_STREAM_END:
            // What follows must be a further stream: gzip files may be joined.
            isInside = false
            unsafe inflateReset(stream)
        default:
            let cause = unsafe stream.pointee.msg.map { unsafe String(cString: $0) }
            throw ArchiveError(.damaged, "the gzip data are damaged", cause: cause)
        }
    }
}
