internal import CArchive
internal import Glibc

/// A tar or zip being read by libarchive.
@safe
final class LibraryArchive {
    private let handle: OpaquePointer
    /// The tar, decompressed; `nil` for a zip, whose directory libarchive seeks by itself.
    private let feed: Feed?
    private var path: [UInt8] = []

    init(tar feed: Feed) throws(ArchiveError) {
        self.feed = feed
        unsafe handle = try Self.newHandle()
        let isReady = unsafe archive_read_support_format_tar(handle) == ARCHIVE_OK
        guard isReady, unsafe feed.open(handle) == ARCHIVE_OK else { throw failure() }
    }

    init(zip descriptor: Int32) throws(ArchiveError) {
        feed = nil
        unsafe handle = try Self.newHandle()
        // Only by the directory at the end: read as a stream, a cut zip would pass for a whole one.
        guard
            lseek(descriptor, 0, SEEK_SET) == 0,
            unsafe archive_read_support_format_zip_seekable(handle) == ARCHIVE_OK,
            unsafe archive_read_open_fd(handle, descriptor, 1 << 18) == ARCHIVE_OK
        else { throw failure() }
    }

    deinit { unsafe archive_read_free(handle) }

    private static func newHandle() throws(ArchiveError) -> OpaquePointer {
        guard let handle = unsafe archive_read_new() else {
            throw ArchiveError(.setup, "out of memory")
        }
        return unsafe handle
    }

    func next() throws(ArchiveError) -> ArchiveEntry? {
        let record = try EntryRecord()
        // A zip says of each name whether it is UTF-8, and can be read under UTF-8 only.
        let characterSet = feed == nil ? CharacterSet.utf8 : .bytes
        let entry = try characterSet.during { () throws(ArchiveError) -> ArchiveEntry? in
            let result = unsafe archive_read_next_header2(handle, record.handle)
            guard result != ARCHIVE_EOF else { return nil }
            guard result == ARCHIVE_OK || result == ARCHIVE_WARN else { throw failure() }
            let entry = try record.entry()
            // The one warning to expect: names that are not ASCII stay as they are.
            let isExpected = feed != nil && !entry.names.allSatisfy(isASCII)
            guard result == ARCHIVE_OK || isExpected else { throw failure() }
            return entry
        }
        path = entry?.path ?? path
        if entry == nil, let feed {
            try TarEnd.demand(at: unsafe archive_read_header_position(handle), of: feed)
        }
        return entry
    }

    func read(into buffer: inout [UInt8]) throws(ArchiveError) -> Int {
        let handle = unsafe self.handle
        let count = unsafe buffer.withUnsafeMutableBytes {
            unsafe archive_read_data(handle, $0.baseAddress, $0.count)
        }
        guard count >= 0 else { throw failure() }
        return count
    }

    private func failure() -> ArchiveError {
        if let failure = feed?.failure { return failure }
        let place = path.isEmpty ? "the start" : printable(path)
        let isTruncated = feed?.isAtEnd ?? false
        return ArchiveError(
            isTruncated ? .truncated : .damaged,
            isTruncated
                ? "the archive ends too early, at or after \(place)"
                : "the archive is damaged, at or after \(place)",
            cause: unsafe libraryText(handle)
        )
    }
}

private func isASCII(_ bytes: [UInt8]) -> Bool {
    bytes.allSatisfy { $0 < 128 }
}
