internal import Cryptography
internal import Files
internal import Manifests

/// The content of one file that flows by once, cut where its giver says.
///
/// For what is not read from a file, such as an archive on its way from a server. Begun by
/// ``TreeWriter/beginContent()`` and ended by ``TreeWriter/add(_:_:)``; dropped before that,
/// nothing of it is in the tree. Not thread-safe; waits while all buffers are being written.
public final class StreamedContent {
    /// The most that a block holds.
    public static let blockBytes = 64 << 10
    /// So long a run of bytes in a manifest is still shown by common tools.
    private static let literalBytes = 32 << 10

    private unowned let tree: TreeWriter
    /// Of the whole and of each block, in one pass.
    private var digests = NestedDigests()
    private var literal: [UInt8] = []
    private var block: AlignedBuffer?
    private var used = 0
    /// The length so far.
    public private(set) var sizeBytes: UInt64 = 0
    private var pieces: [PendingEntry.Piece] = []

    /// Ends the block and adds everything up.
    ///
    /// - Returns: SHA-256 of all so far, in hexadecimal digits.
    /// - Throws: ``RepositoryError``.
    public func sha256() throws(RepositoryError) -> String {
        try endBlock()
        return digests.current().hex
    }

    init(_ tree: TreeWriter) {
        self.tree = tree
    }

    deinit {
        if let block { tree.writer.pool.giveBack(block) }
    }

    /// Adds bytes that are kept in the manifest itself: such as are few and seldom the same.
    ///
    /// - Parameter bytes: Any number of them.
    /// - Throws: ``RepositoryError``.
    public func keepInline(_ bytes: UnsafeRawBufferPointer) throws(RepositoryError) {
        if unsafe bytes.isEmpty { return }
        try endBlock()
        unsafe digest(bytes)
        var rest = unsafe bytes[...]
        while unsafe !rest.isEmpty {
            let piece = unsafe rest.prefix(Self.literalBytes - literal.count)
            unsafe literal.append(contentsOf: piece)
            unsafe rest = rest.dropFirst(piece.count)
            if literal.count == Self.literalBytes { endLiteral() }
        }
    }

    /// Adds bytes to the block that is being filled, which becomes a chunk.
    ///
    /// - Parameter bytes: Any number of them; where the block is full, the next begins.
    /// - Throws: ``RepositoryError``.
    public func keep(_ bytes: UnsafeRawBufferPointer) throws(RepositoryError) {
        if unsafe bytes.isEmpty { return }
        endLiteral()
        sizeBytes += UInt64(bytes.count)
        var rest = unsafe bytes[...]
        while unsafe !rest.isEmpty {
            let buffer = block ?? tree.writer.pool.lease(Self.blockBytes)
            block = buffer
            let taken = unsafe min(rest.count, Self.blockBytes - used)
            let piece = unsafe UnsafeRawBufferPointer(rebasing: rest.prefix(taken))
            unsafe buffer.room(used..<(used + taken)).copyMemory(from: piece)
            used += taken
            unsafe rest = rest.dropFirst(taken)
            if used == Self.blockBytes { try endBlock() }
        }
    }

    /// Ends the block: what comes next is cut apart from it, so that it is found again when it
    /// comes behind other bytes.
    ///
    /// - Throws: ``RepositoryError``.
    public func endBlock() throws(RepositoryError) {
        guard let full = block, used > 0 else { return }
        try tree.checkCancelled()
        let length = used
        block = nil
        used = 0
        let id = unsafe digests.add(full.slice(0..<length))
        let ticket = try tree.writer.submit(full, count: length, id: id)
        pieces.append(.coming(ticket, offset: 0, length: length))
        tree.onRead(length)
    }

    /// Adds bytes that an earlier snapshot holds: its chunks are leaned on, and read to be proven
    /// and to take part in the digest of the whole.
    ///
    /// - Parameters:
    ///   - range: Which bytes.
    ///   - stored: The earlier content.
    /// - Throws: ``RepositoryError``; `damaged` where a chunk cannot be read.
    public func copy(
        _ range: Range<UInt64>,
        of stored: StoredContent
    ) throws(RepositoryError) {
        for extent in stored.extents(in: range) {
            if case .literal(let bytes) = extent {
                var outcome: Result<Void, RepositoryError> = .success(())
                unsafe bytes.withUnsafeBytes { buffer in
                    do throws(RepositoryError) {
                        try unsafe keepInline(buffer)
                    } catch {
                        outcome = .failure(error)
                    }
                }
                try outcome.get()
                continue
            }
            try endBlock()
            endLiteral()
            try tree.checkCancelled()
            try unsafe stored.read(extent) { unsafe digest($0) }
            pieces.append(.known(extent))
        }
    }

    private func endLiteral() {
        if literal.isEmpty { return }
        pieces.append(.known(.literal(literal)))
        literal = []
    }

    private func digest(_ bytes: UnsafeRawBufferPointer) {
        sizeBytes += UInt64(bytes.count)
        _ = unsafe digests.add(bytes)
    }

    /// Moves everything into an entry.
    func finish(into item: PendingEntry) throws(RepositoryError) {
        try endBlock()
        endLiteral()
        item.entry.sizeBytes = sizeBytes
        item.entry.digest = digests.finish()
        item.pieces = pieces
        item.isStreamed = true
        pieces = []
    }
}
