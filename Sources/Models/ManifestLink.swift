internal import Files
internal import Manifests

/// The comment line in which a manifest states a symbolic link, which `sha256sum -c` passes over.
///
/// Backslash, LF and CR are escaped as in the lines of `sha256sum`; in the path `>` is too, so that
/// the first arrow is the line's own.
enum ManifestLink {
    private static let start = Array("# link: ".utf8)
    private static let arrow = Array(" -> ".utf8)
    private static let letters: [UInt8: UInt8] = [0x5C: 0x5C, 0x0A: 0x6E, 0x0D: 0x72, 0x3E: 0x3E]

    static func line(_ path: Path, to target: Path) -> [UInt8] {
        start + escaped(path.bytes) + arrow + escaped(target.bytes) + [0x0A]
    }

    /// Reads a line.
    ///
    /// - Parameter line: Without its line feed.
    /// - Returns: Nil where it is another line.
    /// - Throws: ``ManifestError`` where it begins as one and is none.
    static func parse(
        _ line: ArraySlice<UInt8>
    ) throws(ManifestError) -> (path: Path, target: Path)? {
        guard line.starts(with: start) else { return nil }
        let rest = Array(line.dropFirst(start.count))
        guard let at = rest.indices.first(where: { rest[$0...].starts(with: arrow) }),
            let path = plain(rest[..<at]), let target = plain(rest[(at + arrow.count)...]),
            !path.isEmpty, !target.isEmpty
        else {
            throw ManifestError(code: .malformed, message: "a line that states a link is broken")
        }
        return (Path(bytes: path), Path(bytes: target))
    }

    private static func escaped(_ bytes: [UInt8]) -> [UInt8] {
        bytes.flatMap { byte in letters[byte].map { [0x5C, $0] } ?? [byte] }
    }

    private static func plain(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        var found: [UInt8] = []
        var rest = bytes.makeIterator()
        while let byte = rest.next() {
            guard byte == 0x5C else {
                if byte == 0 { return nil }
                found.append(byte)
                continue
            }
            guard let letter = rest.next(),
                let byte = letters.first(where: { $0.value == letter })?.key
            else { return nil }
            found.append(byte)
        }
        return found
    }
}
