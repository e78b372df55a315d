import Cryptography
import Files
import Manifests
import Support

/// An entry with all that may stand in a line, to be changed by a test.
func sampleEntry(_ path: Path, _ kind: FileEntry.Kind = .file) throws -> FileEntry {
    let scratch = try Scratch()
    var entry = FileEntry(
        path: path,
        kind: kind,
        status: try FileStatus(of: scratch.write(Path("sample")))
    )
    entry.mode = 0o644
    entry.userID = 1000
    entry.groupID = 100
    entry.user = "ann"
    entry.group = "users"
    entry.modifiedNanoseconds = 1_768_355_400_123_456_789
    entry.changedNanoseconds = 1_768_355_401_000_000_001
    entry.inode = 42
    entry.device = 2049
    switch kind {
    case .file:
        entry.sizeBytes = 5
        entry.digest = SHA256.digest(of: Array("hello".utf8))
        entry.extents = .inline([.chunk(SHA256.digest(of: [1]), offset: 7, length: 5)])
    case .folder: break
    case .link: entry.target = Path("elsewhere")
    }
    return entry
}

/// The lines of some entries.
func lines(_ entries: [FileEntry]) -> [UInt8] {
    var writer = LineWriter()
    for entry in entries { writer.write(entry) }
    return writer.bytes
}

/// All entries of some lines.
func entries(_ bytes: [UInt8]) throws(ManifestError) -> [FileEntry] {
    var reader = LineReader(bytes)
    var found: [FileEntry] = []
    while let next = try reader.entry() { found.append(next.entry) }
    return found
}

let oddNames: [[UInt8]] = [
    Array("plain.txt".utf8), Array("a/b/c".utf8), Array("new\nline".utf8), Array("tab\t".utf8),
    Array("back\\slash".utf8), Array("\"quoted\"".utf8), Array("cr\r".utf8), [0x01, 0x7F],
    Array("caf\u{e9} \u{ad6d} \u{1f680} \u{2028}".utf8), [0xFF, 0xFE], [0x63, 0xC3],
    [0xED, 0xA0, 0x80],
    Array("...".utf8), Array(".hidden".utf8), Array(" ".utf8), Array("-".utf8), Array("\\n".utf8),
    [UInt8](repeating: 0xFF, count: 255),
]
