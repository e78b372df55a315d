internal import Cryptography
internal import Files
internal import Threads

/// Copies one file and digests what was written, in one pass over the bytes.
struct FileCopy {
    private static let blockBytes = 4 << 20

    let cancellation: Cancellation
    let onBytes: @Sendable (Int) -> Void

    /// Copies.
    ///
    /// Where the file system can share blocks, nothing is moved and the copy is only read;
    /// else each byte is read once and written once, past the page cache where that is possible.
    ///
    /// - Parameters:
    ///   - source: Open for reading.
    ///   - target: New and empty.
    /// - Returns: The digest of the copy, and whether its blocks are shared.
    /// - Throws: ``ModelError``.
    func run(
        _ source: borrowing OpenFile,
        _ target: borrowing OpenFile
    ) throws(ModelError) -> (digest: Digest, isShared: Bool) {
        do throws(FileError) {
            if target.clone(source) {
                let digest = try self.digest(of: target)
                try target.sync()
                return (digest, true)
            }
            let digest = try stream(source, target)
            try target.sync()
            return (digest, false)
        } catch {
            if cancellation.reason != nil {
                throw ModelError(.cancelled, "stopped on request", cause: error)
            }
            throw ModelError("copy \(source.path)", error)
        }
    }

    /// Reads a file to its end.
    ///
    /// - Parameter file: Open for reading.
    /// - Returns: Its digest.
    /// - Throws: ``FileError``.
    func digest(of file: borrowing OpenFile) throws(FileError) -> Digest {
        file.adviseSequential()
        let buffer = AlignedBuffer(byteCount: 1 << 20)
        var hasher = SHA256()
        var position: UInt64 = 0
        while true {
            let count = try unsafe file.read(into: buffer.bytes, at: position)
            if count == 0 { return hasher.finish() }
            unsafe hasher.update(RawSpan(_unsafeBytes: buffer.slice(0..<count)))
            position += UInt64(count)
            try went(count, file.path)
        }
    }

    private func stream(
        _ source: borrowing OpenFile,
        _ target: borrowing OpenFile
    ) throws(FileError) -> Digest {
        source.adviseSequential()
        let buffer = AlignedBuffer(byteCount: Self.blockBytes)
        var hasher = SHA256()
        var position: UInt64 = 0
        var isDirect = target.setDirect(true)
        defer { if isDirect { _ = target.setDirect(false) } }
        while true {
            let count = try unsafe source.read(into: buffer.bytes, at: position)
            if count == 0 { return hasher.finish() }
            unsafe hasher.update(RawSpan(_unsafeBytes: buffer.slice(0..<count)))
            // A direct write wants whole blocks; the end of the file is none.
            if isDirect, count < Self.blockBytes { isDirect = !target.setDirect(false) }
            do throws(FileError) {
                try unsafe target.write(buffer.slice(0..<count), at: position)
            } catch {
                guard isDirect, error.code == .unsupported else { throw error }
                _ = target.setDirect(false)
                isDirect = false
                try unsafe target.write(buffer.slice(0..<count), at: position)
            }
            source.adviseDone(offset: position, length: UInt64(count))
            position += UInt64(count)
            try went(count, source.path)
        }
    }

    private func went(_ count: Int, _ path: Path) throws(FileError) {
        onBytes(count)
        if cancellation.reason != nil {
            throw FileError(code: .other, message: "stopped while reading \(path)")
        }
    }
}
