internal import Cryptography
internal import Files

/// Reads the JSON lines of manifest parts: ``LineWriter`` backwards, and strict.
public struct LineReader {
    private let bytes: [UInt8]
    private var next = 0
    private var lastUser: (bytes: [UInt8], text: String) = ([], "")
    private var lastGroup: (bytes: [UInt8], text: String) = ([], "")

    /// Reads lines of one part.
    ///
    /// - Parameter bytes: The plaintext of the part.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The next entry with the line it stands in, line feed included.
    ///
    /// - Returns: Nil after the last line.
    /// - Throws: ``ManifestError``.
    public mutating func entry() throws(ManifestError) -> (entry: FileEntry, line: Range<Int>)? {
        guard next < bytes.count else { return nil }
        let start = next
        guard let feed = bytes[start...].firstIndex(of: 0x0A) else {
            throw ManifestError(code: .malformed, message: "a manifest part ends within a line")
        }
        next = feed + 1
        var scanner = JSONScanner(bytes, range: start..<feed)
        let entry = try entry(&scanner)
        guard scanner.isAtEnd else { throw scanner.fail("more after the end of an entry") }
        return (entry, start..<next)
    }

    /// Reads a JSON array of extents.
    ///
    /// - Parameter bytes: The whole text of the array.
    /// - Returns: The extents in order.
    /// - Throws: ``ManifestError``.
    public static func extents(_ bytes: [UInt8]) throws(ManifestError) -> [Extent] {
        var scanner = JSONScanner(bytes)
        let extents = try extents(&scanner)
        guard scanner.isAtEnd else { throw scanner.fail("more after the end of the extents") }
        return extents
    }

    /// The fields of an entry; each may stand once.
    private enum Field: UInt32, CaseIterable {
        case path, type, mode, uid, gid, user, group, mtime, ctime, inode, device, racy, target
        case hardlink, xattrs, size, sha256, sqlite, pages, extents
        case pathBase64, targetBase64, extentsIn, elsewhere

        var name: String {
            switch self {
            case .pathBase64: "path_b64"
            case .targetBase64: "target_b64"
            case .extentsIn: "extents_in"
            default: "\(self)"
            }
        }
    }

    private static let fields = Dictionary(
        uniqueKeysWithValues: Field.allCases.map { (Array($0.name.utf8)[...], $0) }
    )

    private mutating func entry(
        _ scanner: inout JSONScanner
    ) throws(ManifestError) -> FileEntry {
        var entry = FileEntry(path: Path(""), kind: .file)
        var seen: UInt32 = 0
        func has(_ field: Field) -> Bool { seen & 1 << field.rawValue != 0 }
        try scanner.expect(0x7B)
        repeat {
            guard let key = try scanner.plainString() else { throw scanner.fail("an escaped key") }
            try scanner.expect(0x3A)
            guard let field = Self.fields[key] else {
                _ = try scanner.value()
                continue
            }
            guard !has(field) else { throw scanner.fail("\(field.name) stands twice") }
            seen |= 1 << field.rawValue
            try read(field, into: &entry, &scanner)
        } while scanner.skip(0x2C)
        try scanner.expect(0x7D)
        guard has(.path) != has(.pathBase64), has(.type) else {
            throw scanner.fail("an entry without path or type, or with two paths")
        }
        if entry.kind == .file, !(has(.size) && has(.sha256)) {
            throw scanner.fail("a file without size or sha256")
        }
        if has(.elsewhere),
            entry.kind != .file || has(.extents) || has(.extentsIn) || entry.sizeBytes == 0
        {
            throw scanner.fail("content that is elsewhere and here, or no content")
        }
        if entry.kind == .link, entry.target == nil { throw scanner.fail("a link without target") }
        guard entry.kind == .folder || !entry.path.bytes.isEmpty else {
            throw scanner.fail("an entry without a name")
        }
        try Self.check(entry.path)
        return entry
    }

    private mutating func read(
        _ field: Field,
        into entry: inout FileEntry,
        _ scanner: inout JSONScanner
    ) throws(ManifestError) {
        switch field {
        case .path: entry.path = try Self.path(try scanner.string(), scanner)
        case .pathBase64: entry.path = try Self.path(try Self.base64(&scanner), scanner)
        case .target: entry.target = try Self.path(try scanner.string(), scanner)
        case .targetBase64: entry.target = try Self.path(try Self.base64(&scanner), scanner)
        case .type:
            let word = try Self.text(&scanner)
            guard let kind = FileEntry.Kind(rawValue: word) else {
                throw scanner.fail("no such type as \(word)")
            }
            entry.kind = kind
        case .mode:
            let mode: UInt32 = try scanner.digits(radix: 8)
            guard mode <= 0o7777 else { throw scanner.fail("a mode that is none") }
            entry.mode = mode
        case .uid: entry.userID = try Self.identifier(&scanner)
        case .gid: entry.groupID = try Self.identifier(&scanner)
        case .user: entry.user = try name(&scanner, &lastUser)
        case .group: entry.group = try name(&scanner, &lastGroup)
        case .mtime: entry.modifiedNanoseconds = try scanner.digits()
        case .ctime: entry.changedNanoseconds = try scanner.digits()
        case .inode: entry.inode = try scanner.digits()
        case .device: entry.device = try scanner.digits()
        case .racy: entry.isRacy = try scanner.boolean()
        case .hardlink: entry.hardlink = try Self.text(&scanner)
        case .size: entry.sizeBytes = try Self.length(&scanner)
        case .sha256: entry.digest = try Self.digest(&scanner)
        case .xattrs: entry.attributes = try Self.attributes(&scanner)
        case .sqlite: entry.database = Array(bytes[try scanner.value()])
        case .pages: entry.pages = try Self.pages(&scanner)
        case .extents: entry.extents = .inline(try Self.extents(&scanner))
        case .extentsIn: entry.extents = .indirect(try Self.digests(&scanner))
        case .elsewhere:
            guard try scanner.boolean() else { throw scanner.fail("elsewhere that is not true") }
            entry.extents = .elsewhere
        }
    }

    /// Owners repeat from line to line: the same text is made once.
    private func name(
        _ scanner: inout JSONScanner,
        _ last: inout (bytes: [UInt8], text: String)
    ) throws(ManifestError) -> String {
        let bytes = try scanner.string()
        if bytes != last.bytes { last = (bytes, String(decoding: bytes, as: UTF8.self)) }
        return last.text
    }

    private static func check(_ path: Path) throws(ManifestError) {
        if path.bytes.isEmpty { return }
        var length = 0
        var dots = 0
        var isSafe = path.bytes.count <= 4095
        for byte in path.bytes {
            if byte == .slash {
                isSafe = isSafe && Self.isName(length, dots)
                length = 0
                dots = 0
            } else {
                length += 1
                dots += byte == .dot ? 1 : 0
            }
        }
        guard isSafe, Self.isName(length, dots) else {
            throw ManifestError(code: .unsafePath, message: "the manifest holds the path \(path)")
        }
    }

    /// Neither empty nor too long, neither `.` nor `..`.
    private static func isName(_ length: Int, _ dots: Int) -> Bool {
        length > 0 && length <= 255 && !(dots == length && length <= 2)
    }

    private static func path(
        _ bytes: [UInt8],
        _ scanner: JSONScanner
    ) throws(ManifestError) -> Path {
        guard !bytes.contains(0) else { throw scanner.fail("a path with NUL") }
        return Path(bytes: bytes)
    }

    private static func text(_ scanner: inout JSONScanner) throws(ManifestError) -> String {
        String(decoding: try scanner.string(), as: UTF8.self)
    }

    /// No file is longer than JSON tools can count exactly.
    private static func length(_ scanner: inout JSONScanner) throws(ManifestError) -> UInt64 {
        let value = try scanner.unsigned()
        guard value < FileEntry.sizeLimitBytes else {
            throw scanner.fail("a length that no file has")
        }
        return value
    }

    private static func identifier(_ scanner: inout JSONScanner) throws(ManifestError) -> UInt32 {
        guard let value = UInt32(exactly: try scanner.unsigned()) else {
            throw scanner.fail("an owner that is none")
        }
        return value
    }

    private static func digest(_ scanner: inout JSONScanner) throws(ManifestError) -> Digest {
        guard let text = try scanner.plainString(), let digest = Digest(hex: text) else {
            throw scanner.fail("not a SHA-256")
        }
        return digest
    }

    private static func digests(_ scanner: inout JSONScanner) throws(ManifestError) -> [Digest] {
        var found: [Digest] = []
        try scanner.array { (scanner) throws(ManifestError) in found.append(try digest(&scanner)) }
        return found
    }

    private static func base64(_ scanner: inout JSONScanner) throws(ManifestError) -> [UInt8] {
        guard let value = Base64.decode(try scanner.string()) else {
            throw scanner.fail("not base64")
        }
        return value
    }

    private static func attributes(
        _ scanner: inout JSONScanner
    ) throws(ManifestError) -> [FileEntry.Attribute] {
        var found: [FileEntry.Attribute] = []
        try scanner.object { (scanner, key) throws(ManifestError) in
            let name = String(decoding: key, as: UTF8.self)
            found.append(FileEntry.Attribute(name: name, value: try base64(&scanner)))
        }
        return found
    }

    private static func pages(_ scanner: inout JSONScanner) throws(ManifestError) -> PageTable {
        var table = PageTable(pageBytes: 0, pageCount: 0, base: [], patches: [])
        try scanner.object { (scanner, key) throws(ManifestError) in
            switch String(decoding: key, as: UTF8.self) {
            case "size": table.pageBytes = Int(clamping: try scanner.unsigned())
            case "count": table.pageCount = Int(clamping: try scanner.unsigned())
            case "base": table.base = try digests(&scanner)
            case "patches": table.patches = try digests(&scanner)
            default: _ = try scanner.value()
            }
        }
        return table
    }

    private static func extents(_ scanner: inout JSONScanner) throws(ManifestError) -> [Extent] {
        var found: [Extent] = []
        try scanner.array { (scanner) throws(ManifestError) in
            if scanner.peek() == 0x5B {
                try scanner.expect(0x5B)
                let id = try digest(&scanner)
                try scanner.expect(0x2C)
                let offset = try scanner.unsigned()
                try scanner.expect(0x2C)
                let length = try scanner.unsigned()
                try scanner.expect(0x5D)
                guard offset < 1 << 32, length < 1 << 32 else {
                    throw scanner.fail("an extent out of any chunk")
                }
                found.append(.chunk(id, offset: Int(offset), length: Int(length)))
                return
            }
            let before = found.count
            try scanner.object { (scanner, key) throws(ManifestError) in
                switch String(decoding: key, as: UTF8.self) {
                case "hole": found.append(.hole(try length(&scanner)))
                case "b64": found.append(.literal(try base64(&scanner)))
                default: throw scanner.fail("an unknown extent")
                }
            }
            guard found.count == before + 1 else { throw scanner.fail("not one extent") }
        }
        return found
    }
}
