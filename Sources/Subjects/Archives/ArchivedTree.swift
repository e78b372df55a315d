internal import Archiving
internal import Files
internal import Manifests

/// What an archive says about files that were unpacked from it: modes, owners, times, attributes.
public struct ArchivedTree: Sendable, Equatable {
    /// What the snapshot names as the source.
    let origin: String
    /// By path from the component's root.
    private var entries: [Path: ArchiveEntry] = [:]

    init(origin: Path, _ entries: [ArchiveEntry], _ layout: ImportLayout, named name: Path) {
        self.origin = origin.description
        let members = Dictionary(
            entries.map { ($0.plainPath, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        for entry in entries {
            var stated = entry
            if case .hardLink(let target) = entry.kind {
                // One file has one set of metadata, whatever its names say.
                stated = members[Path(bytes: target).normalized] ?? entry
            }
            let path = entry.plainPath
            if let member = layout.member {
                if path == member { self.entries[name] = stated }
            } else if layout.prefix.bytes.isEmpty {
                self.entries[path] = stated
            } else if let inside = layout.prefix.relative(path) {
                self.entries[inside] = stated
            }
        }
    }

    /// Puts what the archive says in the place of what the private folder says.
    func apply(to entry: inout FileEntry) {
        if let bytes = entry.database, var record = DatabaseRecord(bytes) {
            record.consistency = "file"
            record.reason = "as it was in the archive"
            record.stamp = nil
            entry.database = record.bytes
        }
        guard let stated = entries[entry.path] else {
            // A folder that members only imply was made for us alone.
            if entry.kind == .folder { entry.mode = 0o755 }
            return
        }
        entry.mode = stated.permissions & 0o7777
        entry.userID = UInt32(clamping: stated.ownerID)
        entry.groupID = UInt32(clamping: stated.groupID)
        entry.user = Self.text(stated.ownerName)
        entry.group = Self.text(stated.groupName)
        entry.modifiedNanoseconds = Self.nanoseconds(stated)
        entry.attributes = Self.attributes(stated)
    }

    /// The time of change, or the nearest that a manifest can hold: from 1677 to 2262.
    private static func nanoseconds(_ stated: ArchiveEntry) -> Int64 {
        let (whole, isOver) = stated.modifiedSeconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isMore) = whole.addingReportingOverflow(Int64(stated.modifiedNanoseconds))
        guard isOver || isMore else { return sum }
        return stated.modifiedSeconds < 0 ? .min : .max
    }

    private static func text(_ name: [UInt8]) -> String? {
        name.isEmpty ? nil : String(validating: name, as: UTF8.self)
    }

    private static func attributes(_ stated: ArchiveEntry) -> [FileEntry.Attribute] {
        var found = stated.extendedAttributes.map {
            FileEntry.Attribute(name: String(decoding: $0.key, as: UTF8.self), value: $0.value)
        }
        let lists = [
            (AccessList.attributeName, stated.accessList),
            (AccessList.defaultAttributeName, stated.defaultAccessList),
        ]
        for (name, text) in lists {
            guard let list = AccessList(text: text) else { continue }
            found.append(.init(name: name, value: list.attribute))
        }
        return found.sorted { $0.name < $1.name }
    }
}

/// Lets a capture of unpacked files keep what their archive says about them.
final class ArchivedSink: CaptureSink {
    private let sink: any CaptureSink
    private let tree: ArchivedTree

    init(_ sink: any CaptureSink, _ tree: ArchivedTree) {
        self.sink = sink
        self.tree = tree
    }

    private func stated(_ entry: FileEntry) -> FileEntry {
        var entry = entry
        tree.apply(to: &entry)
        return entry
    }

    func parentEntry(at path: Path) throws(CaptureError) -> FileEntry? {
        try sink.parentEntry(at: path)
    }

    func reuseParentEntry() throws(CaptureError) -> Bool {
        try sink.reuseParentEntry()
    }

    func parentFiles() throws(CaptureError) -> [FileEntry] {
        try sink.parentFiles()
    }

    func parentContent(_ entry: FileEntry) throws(CaptureError) -> (any KeptContent)? {
        try sink.parentContent(entry)
    }

    func add(_ entry: FileEntry) throws(CaptureError) {
        try sink.add(stated(entry))
    }

    func addLinked(_ entry: FileEntry) throws(CaptureError) -> Bool {
        try sink.addLinked(stated(entry))
    }

    func add(
        _ entry: FileEntry,
        content file: borrowing OpenFile
    ) throws(CaptureError) -> Steadiness {
        try sink.add(stated(entry), content: file)
    }

    func add(
        _ entry: FileEntry,
        digestOf file: borrowing OpenFile
    ) throws(CaptureError) -> Steadiness {
        try sink.add(stated(entry), digestOf: file)
    }

    func add(_ entry: FileEntry, pagesOf copy: borrowing OpenFile) throws(CaptureError) {
        try sink.add(stated(entry), pagesOf: copy)
    }

    func add(
        _ entry: FileEntry,
        streamed body: (any ContentSink) throws(CaptureError) -> Void
    ) throws(CaptureError) {
        try sink.add(stated(entry), streamed: body)
    }
}
