internal import Cryptography
internal import Files

/// A file on its way into a version: source and copy, each opened once, so that the digest is of
/// the bytes that the copy was made of, whatever becomes of their names.
struct FileTransfer: ~Copyable {
    private let file: SourceSurvey.File
    private let from: OpenFile
    private let to: OpenFile
    private let streamed: Digest?
    private let isAtRest: Bool
    private let copying: FileCopy

    /// Whether the copy shares its blocks with the source.
    var isShared: Bool { streamed == nil }

    /// Makes the copy.
    ///
    /// - Parameters:
    ///   - file: What was surveyed.
    ///   - from: The source, compared with the survey.
    ///   - to: New and empty.
    ///   - isAtRest: Whether a change of the source would show in its times.
    ///   - copying: Copies and reads.
    /// - Throws: ``ModelError``, also where the source changed meanwhile.
    init(
        _ file: SourceSurvey.File,
        from: consuming OpenFile,
        to: consuming OpenFile,
        isAtRest: Bool,
        _ copying: FileCopy
    ) throws(ModelError) {
        let streamed = try copying.run(from, to)
        try file.check(from)
        guard (try? to.status())?.sizeBytes == file.status.sizeBytes else {
            throw ModelError(.failed, "the copy of \(from.path) has another length than the file")
        }
        self.file = file
        self.from = from
        self.to = to
        self.streamed = streamed
        self.isAtRest = isAtRest
        self.copying = copying
    }

    /// The digest of the copy.
    ///
    /// Shared blocks are read through the source: under it the page cache still holds what was just
    /// written. Where that cannot be known to show what the copy holds, the copy is read.
    ///
    /// - Returns: SHA-256.
    /// - Throws: ``ModelError``.
    func digest() throws(ModelError) -> Digest {
        if let streamed { return streamed }
        if isAtRest,
            let digest = try copying.attempt({ () throws(FileError) in
                try copying.digest(of: from)
            }),
            file.isStill(from)
        {
            return digest
        }
        return try digestOfCopy()
    }

    /// The digests of two copies, in little more than the time of one.
    ///
    /// - Parameter other: The other.
    /// - Returns: SHA-256 of each, this one first.
    /// - Throws: ``ModelError``.
    func digests(with other: borrowing FileTransfer) throws(ModelError) -> (Digest, Digest) {
        guard isShared, other.isShared, isAtRest == other.isAtRest else {
            return (try digest(), try other.digest())
        }
        guard isAtRest else {
            return try copying.doing("read") { () throws(FileError) in
                try copying.digests(of: to, other.to)
            }
        }
        let both = try copying.attempt { () throws(FileError) in
            try copying.digests(of: from, other.from)
        }
        guard let both else { return (try digest(), try other.digest()) }
        return (
            file.isStill(from) ? both.0 : try digestOfCopy(),
            other.file.isStill(other.from) ? both.1 : try other.digestOfCopy()
        )
    }

    private func digestOfCopy() throws(ModelError) -> Digest {
        try copying.doing("read") { () throws(FileError) in try copying.digest(of: to) }
    }

    /// Gives the copy the source's time and mode, and makes it durable.
    ///
    /// - Throws: ``ModelError``.
    func finish() throws(ModelError) {
        try ModelError.doing("finish") { () throws(FileError) in
            try to.setModified(nanoseconds: file.status.modifiedNanoseconds)
            try to.setMode(file.status.mode & 0o777)
            try to.sync()
        }
    }
}
