internal import CArchive

/// What a zstd, xz or bzip2 file holds, by libarchive's filters.
@safe
final class FilterSource: ByteSource {
    private let handle: OpaquePointer
    private let feed: Feed

    init(_ file: any ByteSource, _ compression: Compression) throws(ArchiveError) {
        feed = Feed(file)
        guard let handle = unsafe archive_read_new() else {
            throw ArchiveError(.setup, "out of memory")
        }
        unsafe self.handle = handle
        let filter: Int32 =
            switch compression {
            case .zstd: unsafe archive_read_support_filter_zstd(handle)
            case .xz: unsafe archive_read_support_filter_xz(handle)
            case .bzip2: unsafe archive_read_support_filter_bzip2(handle)
            case .gzip: preconditionFailure("not a compression of libarchive's")
            }
        // A filter that libarchive was built without would start a program: a warning, refused.
        guard filter == ARCHIVE_OK else {
            throw ArchiveError(.setup, "libarchive was built without \(compression)")
        }
        unsafe archive_read_support_format_raw(handle)
        var member: OpaquePointer?
        guard
            unsafe feed.open(handle) == ARCHIVE_OK,
            unsafe archive_read_next_header(handle, &member) == ARCHIVE_OK
        else { throw failure() }
    }

    deinit { unsafe archive_read_free(handle) }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        let count = unsafe archive_read_data(handle, buffer.baseAddress, buffer.count)
        guard count >= 0 else { throw failure() }
        return count
    }

    private func failure() -> ArchiveError {
        let cause = unsafe libraryText(handle)
        return feed.failure
            ?? ArchiveError(
                feed.isAtEnd ? .truncated : .damaged,
                "the compressed data are damaged or end too early",
                cause: cause
            )
    }
}

/// How a file is compressed, by its first bytes.
enum Compression: CaseIterable {
    case gzip
    case zstd
    case xz
    case bzip2

    init?(magic: [UInt8]) {
        guard let match = Self.allCases.first(where: { magic.starts(with: $0.magic) }) else {
            return nil
        }
        self = match
    }

    private var magic: [UInt8] {
        switch self {
        case .gzip: [0x1f, 0x8b]
        case .zstd: [0x28, 0xb5, 0x2f, 0xfd]
        case .xz: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]
        case .bzip2: [0x42, 0x5a, 0x68]
        }
    }
}
