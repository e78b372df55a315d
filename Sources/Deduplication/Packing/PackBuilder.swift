internal import Cryptography
internal import Files

/// A pack that is being filled in one aligned buffer.
///
/// Invariants: the buffer always has room left for `SHA256SUMS` and the end of the tar;
/// every member's offset is a multiple of 512.
struct PackBuilder: ~Copyable {
    /// Where a chunk came to lie.
    struct Member: Sendable {
        let chunk: Digest
        let offset: Int
        let storedBytes: Int
        let plainBytes: Int

        var isCompressed: Bool { storedBytes < plainBytes }
        var name: String { PackFormat.memberName(chunk, isCompressed: isCompressed) }
    }

    let buffer: AlignedBuffer
    private(set) var members: [Member] = []
    private var position = 0

    init(_ buffer: AlignedBuffer) {
        self.buffer = buffer
        append(TarHeader.encode(name: PackFormat.marker, size: 0))
    }

    var isEmpty: Bool { members.isEmpty }

    func hasRoom(for storedBytes: Int) -> Bool {
        let sumsBytes = TarHeader.padded((members.count + 1) * PackFormat.sumsLineBytes)
        let tail = TarHeader.byteCount + sumsBytes + 1024 + PackFormat.alignment
        let member = TarHeader.byteCount + TarHeader.padded(storedBytes)
        return unsafe position + member + tail <= buffer.bytes.count
    }

    /// Adds a chunk; there must be room.
    mutating func append(
        _ chunk: Digest,
        plainBytes: Int,
        stored: UnsafeRawBufferPointer
    ) {
        let member = Member(
            chunk: chunk,
            offset: position + TarHeader.byteCount,
            storedBytes: stored.count,
            plainBytes: plainBytes
        )
        append(TarHeader.encode(name: member.name, size: stored.count))
        members.append(member)
        unsafe buffer.room(position..<(position + stored.count)).copyMemory(from: stored)
        position += stored.count
        fill(to: TarHeader.padded(position))
    }

    /// The pack as it is; nothing may be added any more.
    var filled: FilledPack { FilledPack(buffer: buffer, members: members, end: position) }

    private mutating func append(_ bytes: [UInt8]) {
        unsafe buffer.room(position..<(position + bytes.count)).copyBytes(from: bytes)
        position += bytes.count
    }

    private mutating func fill(to end: Int) {
        if end == position { return }
        unsafe buffer.room(position..<end).initializeMemory(as: UInt8.self, repeating: 0)
        position = end
    }
}
