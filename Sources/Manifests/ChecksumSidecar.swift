public import Cryptography
public import Files

/// The `FILE.sha256` beside a file, which `sha256sum -c` checks.
public enum ChecksumSidecar {
    /// What the name of the sidecar adds to that of the file.
    public static let suffix = ".sha256"

    /// The file that a `.sha256` file is about.
    ///
    /// - Parameter path: Of a sidecar.
    /// - Returns: Nil for what has no such name.
    public static func owner(of path: Path) -> Path? {
        let ending = Array(suffix.utf8)
        guard path.lastComponent.bytes.count > ending.count,
            path.bytes.suffix(ending.count).elementsEqual(ending)
        else { return nil }
        return Path(bytes: Array(path.bytes.dropLast(ending.count)))
    }

    private static let bufferByteCount = 1 << 20

    /// The digest of a file as it is on disk now.
    ///
    /// - Parameter file: Read from its start to its end.
    /// - Returns: SHA-256 of its content.
    /// - Throws: ``FileError``.
    public static func digest(of file: borrowing OpenFile) throws(FileError) -> Digest {
        let buffer = AlignedBuffer(byteCount: bufferByteCount)
        var hasher = SHA256()
        var position: UInt64 = 0
        while true {
            let count = try unsafe file.read(into: buffer.bytes, at: position)
            if count == 0 { return hasher.finish() }
            unsafe hasher.update(RawSpan(_unsafeBytes: buffer.slice(0..<count)))
            position += UInt64(count)
        }
    }

    /// What a sidecar says about a file.
    ///
    /// - Parameters:
    ///   - name: The file's name; a sidecar of a single line may know it by another, since
    ///     files are renamed.
    ///   - bytes: The sidecar's content.
    /// - Returns: The digest that the file should have.
    /// - Throws: ``ManifestError`` where the sidecar says nothing about the file.
    public static func digest(
        of name: Path,
        statedBy bytes: [UInt8]
    ) throws(ManifestError) -> Digest {
        let lines = try ChecksumLine.parse(bytes)
        let line = lines.count == 1 ? lines[0] : lines.first { $0.path.lastComponent == name }
        guard let line else {
            throw ManifestError(code: .malformed, message: "it has no line for \(name)")
        }
        return line.digest
    }
}
