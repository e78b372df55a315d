public import Cryptography
public import Files

/// One line in the format of `sha256sum`, which `sha256sum -c` checks.
public struct ChecksumLine: Hashable, Sendable {
    /// SHA-256 of the content.
    public let digest: Digest
    /// The path as it is checked, from the folder where the check runs.
    public let path: Path

    /// Joins a digest and a path.
    ///
    /// - Parameters:
    ///   - digest: SHA-256 of the content.
    ///   - path: The path from the folder where the check runs.
    public init(digest: Digest, path: Path) {
        self.digest = digest
        self.path = path
    }

    /// The digest as the line shows it.
    public var hexDigest: String { digest.hex }

    /// The line with its line feed; names with backslash, CR or LF are escaped as coreutils does.
    public var bytes: [UInt8] {
        let escapes: [UInt8: UInt8] = [0x5C: 0x5C, 0x0A: 0x6E, 0x0D: 0x72]
        let needsEscape = path.bytes.contains { escapes[$0] != nil }
        var line: [UInt8] = needsEscape ? [0x5C] : []
        line.append(contentsOf: digest.hexBytes)
        line.append(contentsOf: [0x20, 0x20])
        for byte in path.bytes {
            if let letter = escapes[byte] {
                line.append(contentsOf: [0x5C, letter])
            } else {
                line.append(byte)
            }
        }
        line.append(0x0A)
        return line
    }

    /// Reads a whole list.
    ///
    /// - Parameter bytes: Lines as `sha256sum` writes them, in text or binary mode.
    /// - Returns: One value a line.
    /// - Throws: ``ManifestError`` naming the first line that is none.
    public static func parse(_ bytes: [UInt8]) throws(ManifestError) -> [ChecksumLine] {
        var found: [ChecksumLine] = []
        for (index, raw) in bytes.split(separator: 0x0A).enumerated() {
            var line = raw
            let isEscaped = line.first == 0x5C
            if isEscaped { line = line.dropFirst() }
            let mark = line.dropFirst(64).prefix(2)
            guard line.count > 66, mark.elementsEqual("  ".utf8) || mark.elementsEqual(" *".utf8),
                let digest = Digest(hex: line.prefix(64)),
                let path = path(Array(line.dropFirst(66)), isEscaped)
            else {
                throw ManifestError(
                    code: .malformed,
                    message: "line \(index + 1) is not a line of sha256sum"
                )
            }
            found.append(ChecksumLine(digest: digest, path: path))
        }
        return found
    }

    private static func path(_ bytes: [UInt8], _ isEscaped: Bool) -> Path? {
        if bytes.contains(0) { return nil }
        guard isEscaped else { return Path(bytes: bytes) }
        let letters: [UInt8: UInt8] = [0x5C: 0x5C, 0x6E: 0x0A, 0x72: 0x0D]
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x5C {
                guard index + 1 < bytes.count, let byte = letters[bytes[index + 1]] else {
                    return nil
                }
                result.append(byte)
                index += 2
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return Path(bytes: result)
    }
}
