/// Takes the archive of a shard from the connection into the repository.
final class ShardStream: ByteConsumer {
    private var capture: TarCapture
    private var isEmpty = true
    /// Why nothing more was taken.
    private(set) var failure: CaptureError?

    /// - Parameters:
    ///   - sink: Where the archive goes.
    ///   - observer: Decides what is kept.
    init(into sink: any ContentSink, _ observer: any TarObserver) {
        capture = TarCapture(into: sink, observer)
    }

    func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        isEmpty = false
        do throws(CaptureError) {
            try unsafe capture.push(bytes)
            return true
        } catch {
            failure = error
            return false
        }
    }

    /// Proves that the tar is complete.
    func finish() throws(CaptureError) {
        if let failure { throw failure }
        if isEmpty {
            throw CaptureError(
                code: .source,
                message: "the server sent no byte: another stream of this shard may be at work"
            )
        }
        try capture.finish()
    }
}
