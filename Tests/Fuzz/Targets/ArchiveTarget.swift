import Files

@testable import Archiving
@testable import Manifests
@testable import Subjects

/// What becomes of the members of an archive stays inside the component.
///
/// The input is a list of members in a form of our own: libarchive has a fuzzer itself.
func checkArchive(_ input: [UInt8]) throws(Violation) {
    try checkLists(input)
    _ = DatabaseRecord(input)
    var members = Members(input)
    var entries: [ArchiveEntry] = []
    while let entry = members.next(), entries.count < 256 {
        // The extractor refuses these before anything is laid out.
        if (try? MemberPath(entry.path)) != nil { entries.append(entry) }
    }
    for shape in [ImportTarget.Shape.folder, .file] {
        let target = ImportTarget(
            name: "memory",
            path: Path("/srv/memory"),
            shape: shape,
            components: ["memory", "weights"]
        )
        for strip in [nil, 0, 1] {
            guard let layout = try? ImportLayout(entries, for: target, strip: strip) else {
                continue
            }
            try checkLayout(layout, entries)
        }
    }
}

private func checkLayout(_ layout: ImportLayout, _ entries: [ArchiveEntry]) throws(Violation) {
    for place in [layout.prefix, layout.member ?? Path("")] {
        try require(
            !place.isAbsolute && !place.components.contains(Path("..")),
            "an import takes \(place)"
        )
    }
    let tree = ArchivedTree(origin: Path("/a.tar"), entries, layout, named: Path("memory"))
    for entry in entries {
        var file = FileEntry(path: entry.plainPath, kind: .file)
        tree.apply(to: &file)
        try require(file.mode <= 0o7777, "a mode that is none")
    }
}

/// An access list survives the kernel's form.
private func checkLists(_ input: [UInt8]) throws(Violation) {
    _ = AccessList(attribute: input)?.text
    guard let list = AccessList(text: String(decoding: input, as: UTF8.self)) else { return }
    try require(
        AccessList(attribute: list.attribute) == list,
        "an access list changes when it is written and read"
    )
}

/// Reads members: a byte of kind, eight each of size, seconds and owner, then a path and a target,
/// each ended by a line feed.
private struct Members {
    private var rest: ArraySlice<UInt8>

    init(_ input: [UInt8]) {
        rest = input[...]
    }

    mutating func next() -> ArchiveEntry? {
        guard rest.count > 25, let kind = rest.popFirst() else { return nil }
        let size = number()
        let seconds = number()
        let owner = number()
        let path = line()
        let target = line()
        let kinds: [ArchiveEntry.Kind] = [
            .file(byteCount: size & 0xFFFF_FFFF), .file(byteCount: nil), .directory,
            .symbolicLink(target: target), .hardLink(target: target), .special,
        ]
        var entry = ArchiveEntry(
            path: path,
            kind: kinds[Int(kind) % kinds.count],
            permissions: UInt32(truncatingIfNeeded: owner)
        )
        entry.modifiedSeconds = seconds
        entry.modifiedNanoseconds = Int(size & 0x3FFF_FFFF)
        entry.ownerID = owner
        entry.groupID = -owner.magnitudeClamped
        entry.ownerName = target
        entry.extendedAttributes = [target: path]
        entry.accessList = String(decoding: target, as: UTF8.self)
        return entry
    }

    private mutating func number() -> Int64 {
        let bytes = rest.prefix(8)
        rest = rest.dropFirst(8)
        return bytes.reduce(0) { $0 << 8 | Int64($1) }
    }

    private mutating func line() -> [UInt8] {
        let line = rest.prefix { $0 != 0x0A }
        rest = rest.dropFirst(line.count + 1)
        return line.filter { $0 != 0 }
    }
}

extension Int64 {
    fileprivate var magnitudeClamped: Int64 { Int64(clamping: magnitude) }
}
