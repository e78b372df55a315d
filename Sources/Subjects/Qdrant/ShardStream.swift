internal import Cryptography

/// Takes the archive of a shard from the connection into the repository.
final class ShardStream: ByteConsumer {
    private var capture: TarCapture
    private var hasher = SHA256()
    private let isDigested: Bool
    private var isEmpty = true
    /// Why nothing more was taken.
    private(set) var failure: CaptureError?

    /// - Parameters:
    ///   - sink: Where the archive goes.
    ///   - observer: Decides what is kept.
    ///   - isDigested: Whether the digest of what came is asked for.
    init(into sink: any ContentSink, _ observer: any TarObserver, isDigested: Bool) {
        capture = TarCapture(into: sink, observer)
        self.isDigested = isDigested
    }

    func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        isEmpty = false
        if isDigested { unsafe hasher.update(RawSpan(_unsafeBytes: bytes)) }
        do throws(CaptureError) {
            try unsafe capture.push(bytes)
            return true
        } catch {
            failure = error
            return false
        }
    }

    /// Proves that the tar is complete.
    ///
    /// - Returns: SHA-256 of what came, where asked for.
    func finish() throws(CaptureError) -> Digest? {
        if let failure { throw failure }
        if isEmpty {
            throw CaptureError(
                code: .source,
                message: "the server sent no byte: another stream of this shard may be at work"
            )
        }
        try capture.finish()
        return isDigested ? hasher.finish() : nil
    }
}
