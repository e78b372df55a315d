internal import CArchive

/// Feeds a byte source to libarchive and watches how it ends.
///
/// libarchive lends the feed to its callback and keeps the buffer of the last call in use until
/// the next: the feed outlives the handle it was opened with.
@safe
final class Feed {
    private static let byteCountMax = 1 << 18

    /// What the source threw; libarchive only hears that reading failed.
    private(set) var failure: ArchiveError?
    /// Whether the source has come to its end.
    private(set) var isAtEnd = false
    /// Bytes handed out.
    private(set) var byteCount: Int64 = 0
    /// Zero bytes at the end of those.
    private(set) var zeroByteCount: Int64 = 0
    private let source: any ByteSource
    private let buffer: UnsafeMutableRawBufferPointer
    private var peekedByteCount = 0

    init(_ source: any ByteSource) {
        self.source = source
        unsafe buffer = .allocate(byteCount: Self.byteCountMax, alignment: 16)
    }

    deinit { unsafe buffer.deallocate() }

    /// The first bytes, which the next call of `next` hands out again.
    func peek(byteCount: Int) throws(ArchiveError) -> [UInt8] {
        while peekedByteCount < byteCount {
            let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[peekedByteCount...])
            let count = try unsafe source.read(into: room)
            if count == 0 { break }
            peekedByteCount += count
        }
        return unsafe Array(buffer.prefix(min(peekedByteCount, byteCount)))
    }

    /// The next bytes, valid until the next call; none at the end.
    func next() throws(ArchiveError) -> UnsafeRawBufferPointer {
        var count = peekedByteCount
        if count == 0 { count = try unsafe source.read(into: buffer) }
        peekedByteCount = 0
        isAtEnd = count == 0
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count])
        let last = unsafe bytes.lastIndex { $0 != 0 }
        zeroByteCount = last.map { Int64(count - 1 - $0) } ?? zeroByteCount + Int64(count)
        byteCount += Int64(count)
        return unsafe bytes
    }

    /// Opens a handle of libarchive on this feed.
    func open(_ handle: OpaquePointer) -> Int32 {
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        return unsafe archive_read_open(
            handle,
            context,
            nil,
            { _, context, start in
                guard let context = unsafe context, let start = unsafe start else { return -1 }
                let feed = unsafe Unmanaged<Feed>.fromOpaque(context).takeUnretainedValue()
                return unsafe feed.lend(start)
            },
            nil
        )
    }

    private func lend(_ start: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int {
        do throws(ArchiveError) {
            let bytes = unsafe try next()
            unsafe start.pointee = bytes.baseAddress
            return bytes.count
        } catch {
            failure = error
            return -1
        }
    }
}
