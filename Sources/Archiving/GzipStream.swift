internal import CZlib
internal import Glibc

/// Packs and unpacks single gzip files.
public enum GzipStream {
    private static let bufferByteCount = 1 << 17

    /// Compresses a file at level 6, without a name or a time in the header.
    ///
    /// - Parameters:
    ///   - source: A seekable file, open for reading; read from its start.
    ///   - target: Open for writing; the caller syncs it.
    /// - Throws: ``ArchiveError`` with code `inputOutput` when reading or writing fails.
    public static func compress(from source: Int32, to target: Int32) throws(ArchiveError) {
        let file = FileSource(descriptor: source)
        let deflater = try Deflater()
        var input = [UInt8](repeating: 0, count: bufferByteCount)
        var isFinished = false
        while !isFinished {
            let count = try file.fill(&input)
            isFinished = count == 0
            let output = try deflater.add(input[..<count], isLast: isFinished)
            try write(output[...], to: target)
        }
    }

    /// Unpacks a gzip file, proving length and checksum.
    ///
    /// - Parameters:
    ///   - source: A seekable file, open for reading; read from its start.
    ///   - target: Open for writing; the caller syncs it, and discards it after an error.
    ///   - byteCountMax: Bytes to unpack at most.
    /// - Throws: ``ArchiveError``: `truncated`, `damaged`, `limitExceeded` or `inputOutput`.
    public static func decompress(
        from source: Int32,
        to target: Int32,
        byteCountMax: Int64
    ) throws(ArchiveError) {
        let content = try GunzipSource(FileSource(descriptor: source))
        var buffer = [UInt8](repeating: 0, count: bufferByteCount)
        var byteCount: Int64 = 0
        while case let count = try content.fill(&buffer), count > 0 {
            byteCount += Int64(count)
            guard byteCount <= byteCountMax else {
                throw ArchiveError(.limitExceeded, "more than \(byteCountMax) bytes in the file")
            }
            try write(buffer[..<count], to: target)
        }
    }
}

/// Writes all bytes.
func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) throws(ArchiveError) {
    var rest = bytes
    while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes {
            unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
        }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
            throw ArchiveError(.inputOutput, "cannot write the file", cause: errorText(errno))
        }
        rest = rest.dropFirst(count)
    }
}
