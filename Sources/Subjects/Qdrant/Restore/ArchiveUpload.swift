internal import Transfers

/// The archive of a shard on its way out of the repository: never whole in memory, nor on disk.
final class ArchiveUpload: BodySource {
    private static let pieceBytes: UInt64 = 1 << 20

    private let content: any KeptContent
    private let onSent: (Int) -> Void
    private var position: UInt64 = 0
    let byteCount: UInt64
    /// Why it gave up.
    private(set) var failure: CaptureError?

    /// - Parameters:
    ///   - content: The archive.
    ///   - byteCount: Its length.
    ///   - onSent: Told how many bytes went out.
    init(_ content: any KeptContent, byteCount: UInt64, onSent: @escaping (Int) -> Void) {
        self.content = content
        self.byteCount = byteCount
        self.onSent = onSent
    }

    /// Whether the server may have all of it: then it goes on, whatever becomes of its answer.
    var isSent: Bool { position == byteCount }

    func read(into room: UnsafeMutableRawBufferPointer) -> Int? {
        let count = min(UInt64(room.count), byteCount - position, Self.pieceBytes)
        if count == 0 { return 0 }
        do throws(CaptureError) {
            let bytes = try content.read(position..<(position + count))
            guard UInt64(bytes.count) == count else {
                throw CaptureError(code: .source, message: "the archive is shorter than it was")
            }
            unsafe room.copyBytes(from: bytes)
        } catch {
            failure = error
            return nil
        }
        position += count
        onSent(Int(count))
        return Int(count)
    }

    func rewind() -> Bool {
        position = 0
        return true
    }
}
