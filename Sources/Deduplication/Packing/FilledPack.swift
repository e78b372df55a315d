internal import Cryptography
internal import Files

/// A pack that takes no more chunks and still wants its end.
struct FilledPack: Sendable {
    let buffer: AlignedBuffer
    let members: [PackBuilder.Member]
    let end: Int

    /// Digests what is stored and ends the tar.
    ///
    /// - Returns: The pack's name and its size in bytes.
    func seal() -> (pack: Digest, byteCount: Int) {
        var sums: [UInt8] = []
        sums.reserveCapacity(members.count * PackFormat.sumsLineBytes)
        for (member, digest) in zip(members, storedDigests()) {
            sums.append(contentsOf: digest.hexBytes)
            sums.append(contentsOf: [0x20, 0x20])
            sums.append(contentsOf: member.name.utf8)
            sums.append(0x0A)
        }
        var position = end
        append(TarHeader.encode(name: PackFormat.sumsName, size: sums.count), at: &position)
        append(sums, at: &position)
        let alignment = PackFormat.alignment
        let last = (TarHeader.padded(position) + 1024 + alignment - 1) / alignment * alignment
        unsafe buffer.room(position..<last).initializeMemory(as: UInt8.self, repeating: 0)
        return (SHA256.digest(of: sums), last)
    }

    private func storedDigests() -> [Digest] {
        // A chunk stored as it is needs no second digest: its id is one.
        var digests = members.map(\.chunk)
        var compressed = members.indices.filter { members[$0].isCompressed }[...]
        while let one = compressed.popFirst() {
            let two = compressed.popFirst() ?? one
            unsafe (digests[one], digests[two]) = SHA256.digests(of: stored(one), stored(two))
        }
        return digests
    }

    private func stored(_ index: Int) -> UnsafeRawBufferPointer {
        let member = members[index]
        return unsafe buffer.slice(member.offset..<(member.offset + member.storedBytes))
    }

    private func append(_ bytes: [UInt8], at position: inout Int) {
        unsafe buffer.room(position..<(position + bytes.count)).copyBytes(from: bytes)
        position += bytes.count
    }
}
