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
    }

    let buffer: AlignedBuffer
    private(set) var members: [Member] = []
    private var sums: [UInt8] = []
    private var position = 0

    init(_ buffer: AlignedBuffer) {
        self.buffer = buffer
        append(TarHeader.encode(name: PackFormat.marker, size: 0))
    }

    var isEmpty: Bool { members.isEmpty }

    func hasRoom(for storedBytes: Int) -> Bool {
        let sumsBytes = TarHeader.padded(sums.count + PackFormat.sumsLineBytes)
        let tail = TarHeader.byteCount + sumsBytes + 1024 + PackFormat.alignment
        let member = TarHeader.byteCount + TarHeader.padded(storedBytes)
        return unsafe position + member + tail <= buffer.bytes.count
    }

    /// Adds a chunk; there must be room.
    mutating func append(
        _ chunk: Digest,
        plainBytes: Int,
        stored: UnsafeRawBufferPointer,
        storedDigest: Digest
    ) {
        let name = PackFormat.memberName(chunk, isCompressed: stored.count < plainBytes)
        append(TarHeader.encode(name: name, size: stored.count))
        members.append(
            Member(
                chunk: chunk,
                offset: position,
                storedBytes: stored.count,
                plainBytes: plainBytes
            )
        )
        unsafe buffer.room(position..<(position + stored.count)).copyMemory(from: stored)
        position += stored.count
        fill(to: TarHeader.padded(position))
        sums.append(contentsOf: storedDigest.hexBytes)
        sums.append(contentsOf: [0x20, 0x20])
        sums.append(contentsOf: name.utf8)
        sums.append(0x0A)
    }

    /// Ends the tar.
    ///
    /// - Returns: The pack's name and its size in bytes.
    mutating func seal() -> (pack: Digest, byteCount: Int) {
        let pack = SHA256.digest(of: sums)
        append(TarHeader.encode(name: PackFormat.sumsName, size: sums.count))
        append(sums)
        fill(to: TarHeader.padded(position))
        let end = position + 1024
        fill(to: (end + PackFormat.alignment - 1) / PackFormat.alignment * PackFormat.alignment)
        return (pack, position)
    }

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
