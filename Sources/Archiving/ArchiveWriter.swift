internal import CArchive

/// Writes an archive to a descriptor, entry by entry.
///
/// The caller makes the file, and syncs and publishes it after ``finish()``: without that call, or
/// after any error, what was written is no archive and never looks like a complete one.
@safe
public struct ArchiveWriter: ~Copyable {
    private let handle: OpaquePointer
    private let format: ArchiveFormat
    private var path: [UInt8] = []
    private var missingByteCount: Int64 = 0
    private var isFinished = false

    /// Begins an archive.
    ///
    /// - Parameters:
    ///   - descriptor: Open for writing; stays the caller's and must stay open.
    ///   - format: The kind of archive.
    /// - Throws: ``ArchiveError`` with code `setup` when libarchive cannot start.
    public init(descriptor: Int32, format: ArchiveFormat) throws(ArchiveError) {
        guard let handle = unsafe archive_write_new() else {
            throw ArchiveError(.setup, "out of memory")
        }
        let steps =
            unsafe Self.configure(handle, format) + [
                unsafe archive_write_set_bytes_per_block(handle, 1 << 20),
                // No padding up to a whole block: it would mean 1 MiB for the smallest archive.
                unsafe archive_write_set_bytes_in_last_block(handle, 1),
                unsafe archive_write_open_fd(handle, descriptor),
            ]
        guard steps.allSatisfy({ $0 == ARCHIVE_OK }) else {
            let cause = unsafe libraryText(handle)
            unsafe archive_write_free(handle)
            throw ArchiveError(.setup, "cannot begin the archive", cause: cause)
        }
        unsafe self.handle = handle
        self.format = format
    }

    deinit {
        // Freeing alone would write a proper end behind whatever is there.
        if !isFinished { unsafe archive_write_fail(handle) }
        unsafe archive_write_free(handle)
    }

    /// Begins an entry; the data of a file follow by ``write(_:)``.
    ///
    /// - Parameter entry: A file tells its size.
    /// - Throws: ``ArchiveError``: `sizeMismatch` when the file before is short, `notRepresentable`
    ///   when the format cannot hold the entry, `inputOutput` when writing fails.
    public mutating func add(_ entry: ArchiveEntry) throws(ArchiveError) {
        try demandWholeEntry()
        try demandRepresentable(entry)
        path = entry.path
        let record = try EntryRecord()
        try record.fill(entry)
        let handle = unsafe self.handle
        let result = try CharacterSet.utf8.during { () throws(ArchiveError) in
            unsafe archive_write_header(handle, record.handle)
        }
        // The one warning to expect: a name that is not UTF-8 is marked as binary.
        let isExpected = result == ARCHIVE_WARN && !entry.names.allSatisfy(isUTF8)
        guard result == ARCHIVE_OK || isExpected else { throw failure() }
        if case .file(let byteCount) = entry.kind { missingByteCount = byteCount ?? 0 }
    }

    /// Writes the next bytes of the entry begun last.
    ///
    /// - Parameter bytes: Any number of bytes, all of which are written.
    /// - Throws: ``ArchiveError``: `sizeMismatch` when the file becomes longer than announced.
    public mutating func write(_ bytes: Span<UInt8>) throws(ArchiveError) {
        guard bytes.count <= missingByteCount else {
            unsafe archive_write_fail(handle)
            throw ArchiveError(.sizeMismatch, "\(printable(path)) is longer than announced")
        }
        var start = 0
        while start < bytes.count {
            let written = unsafe bytes.withUnsafeBufferPointer {
                unsafe archive_write_data(
                    handle,
                    $0.baseAddress?.advanced(by: start),
                    $0.count - start
                )
            }
            guard written > 0 else { throw failure() }
            start += written
        }
        missingByteCount -= Int64(bytes.count)
    }

    /// Writes the end of the archive; nothing can be added any more.
    ///
    /// - Throws: ``ArchiveError``: `sizeMismatch` when the last file is short, `inputOutput` when
    ///   writing fails.
    public mutating func finish() throws(ArchiveError) {
        try demandWholeEntry()
        path = []
        guard unsafe archive_write_close(handle) == ARCHIVE_OK else { throw failure() }
        isFinished = true
    }

    private static func configure(_ handle: OpaquePointer, _ format: ArchiveFormat) -> [Int32] {
        let isZip = format == .zip
        let container =
            unsafe isZip
            ? archive_write_set_format_zip(handle) : archive_write_set_format_pax(handle)
        // One form of extended attributes, the one GNU tar reads, instead of two.
        let attributes =
            unsafe isZip
            ? ARCHIVE_OK : archive_write_set_format_option(handle, "pax", "xattrheader", "SCHILY")
        switch format {
        case .tar, .zip: return [container, attributes]
        case .tarGzip:
            return unsafe [
                container, attributes, archive_write_add_filter_gzip(handle),
                archive_write_set_filter_option(handle, "gzip", "compression-level", "6"),
                // Same content, same bytes: no time of day in the header.
                archive_write_set_filter_option(handle, "gzip", "timestamp", nil),
            ]
        case .tarZstd:
            return unsafe [
                container, attributes, archive_write_add_filter_zstd(handle),
                archive_write_set_filter_option(handle, "zstd", "compression-level", "3"),
            ]
        }
    }

    /// libarchive would fill a short entry with zeros and call it well.
    private func demandWholeEntry() throws(ArchiveError) {
        precondition(!isFinished, "the archive is finished")
        guard missingByteCount > 0 else { return }
        unsafe archive_write_fail(handle)
        throw ArchiveError(
            .sizeMismatch,
            "\(printable(path)) is \(missingByteCount) bytes shorter than announced"
        )
    }

    private func demandRepresentable(_ entry: ArchiveEntry) throws(ArchiveError) {
        let isLink: Bool
        switch entry.kind {
        case .file(let byteCount):
            precondition(byteCount.map { $0 >= 0 } ?? false)
            isLink = false
        case .hardLink: isLink = true
        case .directory, .symbolicLink: isLink = false
        case .special: throw unfit(entry, "is a device, fifo or socket")
        }
        let names = entry.names + entry.extendedAttributes.keys
        guard !entry.path.isEmpty, !names.contains(where: { $0.contains(0) }) else {
            throw unfit(entry, "has no proper name")
        }
        guard format == .zip else { return }
        guard !isLink else { throw unfit(entry, "is a hard link, which a zip cannot hold") }
        guard isUTF8(entry.path) else {
            throw unfit(entry, "has a name that is not UTF-8, which a zip cannot hold")
        }
        guard entry.path.count < 65_535 else {
            throw unfit(entry, "has a name too long for a zip")
        }
        let hasMore =
            !entry.extendedAttributes.isEmpty || !entry.accessList.isEmpty
            || !entry.defaultAccessList.isEmpty
        guard !hasMore else {
            throw unfit(entry, "has extended attributes, which a zip cannot hold")
        }
    }

    private func unfit(_ entry: ArchiveEntry, _ reason: String) -> ArchiveError {
        ArchiveError(.notRepresentable, "\(printable(entry.path.suffix(200))) \(reason)")
    }

    private func failure() -> ArchiveError {
        let place = path.isEmpty ? "the end of the archive" : printable(path)
        let cause = unsafe libraryText(handle)
        return ArchiveError(.inputOutput, "cannot write \(place)", cause: cause)
    }
}

/// libarchive's text for the last failure, where it has one.
func libraryText(_ handle: OpaquePointer) -> String? {
    unsafe archive_error_string(handle).map { unsafe String(cString: $0) }
}
