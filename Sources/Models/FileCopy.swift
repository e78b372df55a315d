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
    /// Where the file system can share blocks, nothing is moved and the copy is still to be read;
    /// else each byte is read once and written once, past the page cache where that is possible.
    ///
    /// - Parameters:
    ///   - source: Open for reading.
    ///   - target: New and empty.
    /// - Returns: The digest of the copy; nil where its blocks are shared with the source.
    /// - Throws: ``ModelError``.
    func run(
        _ source: borrowing OpenFile,
        _ target: borrowing OpenFile
    ) throws(ModelError) -> Digest? {
        try doing("copy \(source.path)") { () throws(FileError) in
            target.clone(source) ? nil : try stream(source, target)
        }
    }

    /// Runs file calls and names what they were for; a stop on request is told from a failure.
    ///
    /// - Parameters:
    ///   - action: What they are for.
    ///   - body: The calls.
    /// - Returns: What they give.
    /// - Throws: ``ModelError``.
    func doing<Result>(
        _ action: String,
        _ body: () throws(FileError) -> Result
    ) throws(ModelError) -> Result {
        do throws(FileError) {
            return try body()
        } catch {
            if cancellation.reason != nil {
                throw ModelError(.cancelled, "stopped on request", cause: error)
            }
            throw ModelError(action, error)
        }
    }

    /// Runs file calls that may fail.
    ///
    /// - Parameter body: The calls.
    /// - Returns: Nil where they failed.
    /// - Throws: ``ModelError`` with `cancelled`.
    func attempt<Result>(
        _ body: () throws(FileError) -> Result
    ) throws(ModelError) -> Result? {
        do throws(FileError) {
            return try body()
        } catch {
            guard cancellation.reason == nil else {
                throw ModelError(.cancelled, "stopped on request", cause: error)
            }
            return nil
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

    /// Reads two files side by side to their ends, in little more than the time of one.
    ///
    /// - Parameters:
    ///   - first: Open for reading.
    ///   - second: Open for reading.
    /// - Returns: The digest of each.
    /// - Throws: ``FileError``.
    func digests(
        of first: borrowing OpenFile,
        _ second: borrowing OpenFile
    ) throws(FileError) -> (Digest, Digest) {
        first.adviseSequential()
        second.adviseSequential()
        let blockBytes = 1 << 19
        let (left, right) = (
            AlignedBuffer(byteCount: blockBytes), AlignedBuffer(byteCount: blockBytes)
        )
        var twins = TwinDigests()
        var position: UInt64 = 0
        while true {
            let one = try unsafe first.read(into: left.bytes, at: position)
            let two = try unsafe second.read(into: right.bytes, at: position)
            try went(one + two, first.path)
            position += UInt64(blockBytes)
            if one == blockBytes, two == blockBytes {
                unsafe twins.add(left.slice(0..<one), right.slice(0..<two))
                continue
            }
            let digestOne = try rest(of: first, left, one, from: position, &twins, .first)
            let digestTwo = try rest(of: second, right, two, from: position, &twins, .second)
            return (digestOne, digestTwo)
        }
    }

    private func rest(
        of file: borrowing OpenFile,
        _ buffer: AlignedBuffer,
        _ held: Int,
        from start: UInt64,
        _ twins: inout TwinDigests,
        _ side: TwinDigests.Side
    ) throws(FileError) -> Digest {
        var (count, position) = (held, start)
        while unsafe count == buffer.bytes.count {
            unsafe twins.add(buffer.slice(0..<count), to: side)
            count = try unsafe file.read(into: buffer.bytes, at: position)
            position += UInt64(count)
            try went(count, file.path)
        }
        return unsafe twins.finish(side, buffer.slice(0..<count))
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
