/// What a program wrote to one stream: all of it, or the first and the last part.
public struct CapturedOutput: Equatable, Sendable {
    /// The first bytes; everything when nothing was left out.
    public private(set) var head: [UInt8] = []
    /// Bytes written in all, kept or not.
    public private(set) var byteCount = 0

    private let headByteCountMax: Int
    private let tailByteCountMax: Int
    private var recent: [UInt8] = []

    init(byteCountMax: Int) {
        tailByteCountMax = byteCountMax / 2
        headByteCountMax = byteCountMax - tailByteCountMax
    }

    /// The last bytes after ``head``; a gap of ``omittedByteCount`` lies between.
    public var tail: [UInt8] { Array(recent.suffix(tailByteCountMax)) }

    /// Bytes left out between head and tail.
    public var omittedByteCount: Int { byteCount - head.count - tail.count }

    /// The output as text, a gap marked by a line that tells its size.
    public var text: String {
        let gap = omittedByteCount
        return gap == 0
            ? String(decoding: head + tail, as: UTF8.self)
            : String(decoding: head, as: UTF8.self) + "\n[\(gap) bytes left out]\n"
                + String(decoding: tail, as: UTF8.self)
    }

    mutating func append(_ bytes: ArraySlice<UInt8>) {
        byteCount += bytes.count
        let room = headByteCountMax - head.count
        head += bytes.prefix(room)
        recent += bytes.dropFirst(room)
        // Cut rarely, so that a byte is moved once or twice and not at every read.
        if recent.count > 2 * tailByteCountMax + 65_536 {
            recent.removeFirst(recent.count - tailByteCountMax)
        }
    }
}
