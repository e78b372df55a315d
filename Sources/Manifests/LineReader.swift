internal import Cryptography
internal import Files

/// Reads the JSON lines of manifest parts: ``LineWriter`` backwards, and strict.
public struct LineReader {
    private let bytes: [UInt8]
    private var next = 0

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
        let entry = try Self.entry(&scanner, bytes)
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

    private static func entry(
        _ scanner: inout JSONScanner,
        _ bytes: [UInt8]
    ) throws(ManifestError) -> FileEntry {
        var entry = FileEntry(path: Path(""), kind: .file)
        var seen = Set<String>()
        try scanner.object { (scanner, key) throws(ManifestError) in
            let name = String(decoding: key, as: UTF8.self)
            guard seen.insert(name).inserted else { throw scanner.fail("\(name) stands twice") }
            try read(name, into: &entry, &scanner, bytes)
        }
        guard seen.contains("path") || seen.contains("path_b64"), seen.contains("type") else {
            throw scanner.fail("an entry without path or type")
        }
        if entry.kind == .file {
            guard entry.digest != nil, seen.contains("size") else {
                throw scanner.fail("a file without size or sha256")
            }
        }
        if entry.kind == .link, entry.target == nil { throw scanner.fail("a link without target") }
        try check(entry.path)
        return entry
    }

    private static func read(
        _ name: String,
        into entry: inout FileEntry,
        _ scanner: inout JSONScanner,
        _ bytes: [UInt8]
    ) throws(ManifestError) {
        switch name {
        case "path": entry.path = try path(try scanner.string(), scanner)
        case "path_b64": entry.path = try path(try base64(&scanner), scanner)
        case "target": entry.target = try path(try scanner.string(), scanner)
        case "target_b64": entry.target = try path(try base64(&scanner), scanner)
        case "type":
            let word = try text(&scanner)
            guard let kind = FileEntry.Kind(rawValue: word) else {
                throw scanner.fail("no such type as \(word)")
            }
            entry.kind = kind
        case "mode":
            guard let mode = UInt32(try text(&scanner), radix: 8), mode <= 0o7777 else {
                throw scanner.fail("a mode that is none")
            }
            entry.mode = mode
        case "uid": entry.userID = try identifier(&scanner)
        case "gid": entry.groupID = try identifier(&scanner)
        case "user": entry.user = try text(&scanner)
        case "group": entry.group = try text(&scanner)
        case "mtime": entry.modifiedNanoseconds = try decimal(&scanner)
        case "ctime": entry.changedNanoseconds = try decimal(&scanner)
        case "inode": entry.inode = try decimal(&scanner)
        case "device": entry.device = try decimal(&scanner)
        case "racy": entry.isRacy = try scanner.boolean()
        case "hardlink": entry.hardlink = try text(&scanner)
        case "size": entry.sizeBytes = try scanner.unsigned()
        case "sha256": entry.digest = try digest(&scanner)
        case "xattrs": entry.attributes = try attributes(&scanner)
        case "sqlite": entry.database = Array(bytes[try scanner.value()])
        case "pages": entry.pages = try pages(&scanner)
        case "extents": entry.extents = .inline(try extents(&scanner))
        case "extents_in": entry.extents = .indirect(try digests(&scanner))
        default: _ = try scanner.value()
        }
    }

    private static func check(_ path: Path) throws(ManifestError) {
        let parts = path.bytes.split(separator: .slash, omittingEmptySubsequences: false)
        let bad = parts.contains { $0.isEmpty || $0.elementsEqual([.dot]) || $0.elementsEqual([.dot, .dot]) }
        if !path.bytes.isEmpty, bad || path.bytes.count > 4095 || parts.contains(where: { $0.count > 255 }) {
            throw ManifestError(code: .unsafePath, message: "the manifest holds the path \(path)")
        }
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

    private static func decimal<Number: FixedWidthInteger>(
        _ scanner: inout JSONScanner
    ) throws(ManifestError) -> Number {
        guard let value = Number(try text(&scanner)) else { throw scanner.fail("not a number") }
        return value
    }

    private static func identifier(_ scanner: inout JSONScanner) throws(ManifestError) -> UInt32 {
        guard let value = UInt32(exactly: try scanner.unsigned()) else {
            throw scanner.fail("an owner that is none")
        }
        return value
    }

    private static func digest(_ scanner: inout JSONScanner) throws(ManifestError) -> Digest {
        guard let digest = Digest(hex: try scanner.string()) else {
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
                guard offset < 1 << 32, length < 1 << 32 else { throw scanner.fail("an extent out of any chunk") }
                found.append(.chunk(id, offset: Int(offset), length: Int(length)))
                return
            }
            try scanner.object { (scanner, key) throws(ManifestError) in
                switch String(decoding: key, as: UTF8.self) {
                case "hole": found.append(.hole(try scanner.unsigned()))
                case "b64": found.append(.literal(try base64(&scanner)))
                default: throw scanner.fail("an unknown extent")
                }
            }
        }
        return found
    }
}
