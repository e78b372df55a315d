import Cryptography
import Files

@testable import Manifests

/// What is read is written so that it reads as the same.
func checkManifest(_ input: [UInt8]) throws(Violation) {
    var reader = LineReader(input)
    while let found = try? reader.entry() {
        let line = written(found.entry)
        var again = LineReader(line)
        guard let second = try? again.entry() else {
            throw Violation("an entry is written as a line that is refused")
        }
        try require(written(second.entry) == line, "a line changes when it is read and written")
        if found.entry.kind == .file {
            try require(second.entry == found.entry, "a file changes when it is written and read")
        }
    }
    guard let extents = try? LineReader.extents(input) else { return }
    var writer = LineWriter()
    writer.write(extents)
    try require(
        (try? LineReader.extents(writer.bytes)) == extents,
        "extents change when they are written and read"
    )
}

private func written(_ entry: FileEntry) -> [UInt8] {
    var writer = LineWriter()
    writer.write(entry)
    return writer.bytes
}

/// What is read is written so that it reads as the same, and as one line.
func checkChecksums(_ input: [UInt8]) throws(Violation) {
    _ = try? ChecksumSidecar.digest(of: Path("data.tar"), statedBy: input)
    guard let lines = try? ChecksumLine.parse(input) else { return }
    for line in lines {
        try require(line.bytes.count { $0 == 0x0A } == 1, "a line holds a line feed")
        try require(
            (try? ChecksumLine.parse(line.bytes)) == [line],
            "a checksum changes when it is written and read"
        )
    }
}
