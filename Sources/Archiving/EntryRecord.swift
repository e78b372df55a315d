internal import CArchive
internal import Glibc

/// libarchive's form of an entry.
@safe
struct EntryRecord: ~Copyable {
    let handle: OpaquePointer

    init() throws(ArchiveError) {
        guard let handle = unsafe archive_entry_new() else {
            throw ArchiveError(.setup, "out of memory")
        }
        unsafe self.handle = handle
    }

    deinit { unsafe archive_entry_free(handle) }

    /// Fills a new record; names must be free of NUL bytes.
    func fill(_ entry: ArchiveEntry) throws(ArchiveError) {
        unsafe archive_entry_copy_pathname(handle, cString(entry.path))
        unsafe archive_entry_set_perm(handle, entry.permissions & 0o7777)
        unsafe archive_entry_set_uid(handle, entry.ownerID)
        unsafe archive_entry_set_gid(handle, entry.groupID)
        unsafe archive_entry_copy_uname(handle, cString(entry.ownerName))
        unsafe archive_entry_copy_gname(handle, cString(entry.groupName))
        unsafe archive_entry_set_mtime(
            handle,
            time_t(entry.modifiedSeconds),
            entry.modifiedNanoseconds
        )
        unsafe archive_entry_set_size(handle, 0)
        switch entry.kind {
        case .file(let byteCount):
            unsafe archive_entry_set_filetype(handle, S_IFREG)
            unsafe archive_entry_set_size(handle, byteCount ?? 0)
            setDataRanges(entry.dataRanges, byteCount ?? 0)
        case .directory: unsafe archive_entry_set_filetype(handle, S_IFDIR)
        case .symbolicLink(let target):
            unsafe archive_entry_set_filetype(handle, S_IFLNK)
            unsafe archive_entry_copy_symlink(handle, cString(target))
        case .hardLink(let target):
            unsafe archive_entry_set_filetype(handle, S_IFREG)
            unsafe archive_entry_copy_hardlink(handle, cString(target))
        case .special: preconditionFailure("a special file is never written")
        }
        for (name, value) in entry.extendedAttributes.sorted(by: {
            $0.key.lexicographicallyPrecedes($1.key)
        }) {
            unsafe archive_entry_xattr_add_entry(handle, cString(name), value, value.count)
        }
        try setList(entry.accessList, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, entry)
        try setList(entry.defaultAccessList, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, entry)
    }

    private func setDataRanges(_ ranges: [Range<Int64>]?, _ byteCount: Int64) {
        guard let ranges else { return }
        for range in ranges {
            unsafe archive_entry_sparse_add_entry(handle, range.lowerBound, Int64(range.count))
        }
        // An empty last range: without it a file that is one hole would pass for a full one.
        if ranges.last?.upperBound != byteCount {
            unsafe archive_entry_sparse_add_entry(handle, byteCount, 0)
        }
    }

    private func setList(
        _ text: String,
        _ type: Int32,
        _ entry: ArchiveEntry
    ) throws(ArchiveError) {
        guard !text.isEmpty else { return }
        guard unsafe archive_entry_acl_from_text(handle, text, type) == ARCHIVE_OK else {
            throw ArchiveError(
                .notRepresentable,
                "\(printable(entry.path)) has an unreadable access control list"
            )
        }
    }

    /// The entry this record describes; call under the character set the record was read with.
    func entry() throws(ArchiveError) -> ArchiveEntry {
        guard let path = unsafe bytes(archive_entry_pathname(handle)) else {
            throw ArchiveError(.damaged, "a member without a readable name")
        }
        let permissions = unsafe archive_entry_perm(handle)
        var entry = ArchiveEntry(path: path, kind: kind(), permissions: UInt32(permissions))
        entry.ownerID = unsafe archive_entry_uid(handle)
        entry.groupID = unsafe archive_entry_gid(handle)
        entry.ownerName = unsafe bytes(archive_entry_uname(handle)) ?? []
        entry.groupName = unsafe bytes(archive_entry_gname(handle)) ?? []
        entry.modifiedSeconds = unsafe Int64(archive_entry_mtime(handle))
        entry.modifiedNanoseconds = unsafe archive_entry_mtime_nsec(handle)
        entry.extendedAttributes = extendedAttributes()
        entry.accessList = list(ARCHIVE_ENTRY_ACL_TYPE_ACCESS)
        entry.defaultAccessList = list(ARCHIVE_ENTRY_ACL_TYPE_DEFAULT)
        entry.dataRanges = dataRanges()
        return entry
    }

    private func kind() -> ArchiveEntry.Kind {
        if let target = unsafe bytes(archive_entry_hardlink(handle)) {
            return .hardLink(target: target)
        }
        switch unsafe archive_entry_filetype(handle) {
        case S_IFREG:
            let isKnown = unsafe archive_entry_size_is_set(handle) != 0
            return .file(byteCount: isKnown ? unsafe archive_entry_size(handle) : nil)
        case S_IFDIR: return .directory
        case S_IFLNK:
            return .symbolicLink(target: unsafe bytes(archive_entry_symlink(handle)) ?? [])
        default: return .special
        }
    }

    private func extendedAttributes() -> [[UInt8]: [UInt8]] {
        var values: [[UInt8]: [UInt8]] = [:]
        unsafe archive_entry_xattr_reset(handle)
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var count = 0
        while unsafe archive_entry_xattr_next(handle, &name, &value, &count) == ARCHIVE_OK {
            guard let name = unsafe bytes(name) else { continue }
            values[name] = unsafe Array(UnsafeRawBufferPointer(start: value, count: count))
        }
        return values
    }

    private func dataRanges() -> [Range<Int64>]? {
        guard unsafe archive_entry_sparse_reset(handle) > 0 else { return nil }
        var ranges: [Range<Int64>] = []
        var (start, count): (Int64, Int64) = (0, 0)
        while unsafe archive_entry_sparse_next(handle, &start, &count) == ARCHIVE_OK {
            if count > 0 { ranges.append(start..<(start + count)) }
        }
        return ranges
    }

    private func list(_ type: Int32) -> String {
        guard
            unsafe archive_entry_acl_types(handle) & type != 0,
            // With the numbers of named users and groups, as they are written.
            let text = unsafe archive_entry_acl_to_text(
                handle,
                nil,
                type | ARCHIVE_ENTRY_ACL_STYLE_EXTRA_ID
            )
        else { return "" }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }
}

private func bytes(_ text: UnsafePointer<CChar>?) -> [UInt8]? {
    guard let text = unsafe text else { return nil }
    return unsafe Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
}

/// The bytes with an end mark, in the type that C strings have in Swift.
func cString(_ bytes: [UInt8]) -> [CChar] {
    bytes.map { CChar(bitPattern: $0) } + [0]
}
