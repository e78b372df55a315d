internal import Cryptography
internal import Files
internal import Storage

/// Compares the bytes of packs with what they should be.
///
/// One for each thread.
///
/// The end of a pack, its sums and what follows, was checked when it was listed.
final class PackScan {
    private static let windowBytes = 4 << 20

    private let store: any Store
    private let window = AlignedBuffer(byteCount: windowBytes)
    private var windowRange = 0..<0
    private var hasher = SHA256()
    /// How many bytes were read.
    private(set) var readBytes: UInt64 = 0

    init(_ store: any Store) {
        self.store = store
    }

    /// Reads a pack and names everything in it that is not as it was written.
    ///
    /// - Parameters:
    ///   - object: The pack.
    ///   - items: What its sums say.
    ///   - isProven: Whether a member's bytes need not be read again; then its frame is read
    ///     alone, else the whole pack in large pieces.
    /// - Returns: One text for each damaged place.
    func faults(
        of object: StoredObject,
        _ items: [PackListing.Item],
        isProven: ((PackBuilder.Member) -> Bool)?
    ) -> [String] {
        windowRange = 0..<0
        let readsAhead = isProven == nil
        var faults: [String] = []
        do throws(RepositoryError) {
            var position = 0
            var frame = TarHeader.encode(name: PackFormat.marker, size: 0)
            for item in items {
                let member = item.member
                let isCompressed = member.storedBytes < member.plainBytes
                let name = PackFormat.memberName(member.chunk, isCompressed: isCompressed)
                frame += TarHeader.encode(name: name, size: member.storedBytes)
                if try !matches(frame, object, position, readsAhead) {
                    faults.append("the tar header before byte \(member.offset) is damaged")
                }
                if isProven?(member) != true,
                    try digest(object, member, readsAhead) != item.storedDigest
                {
                    faults.append(
                        "chunk \(member.chunk) at byte \(member.offset): "
                            + "not the stored bytes that SHA256SUMS names"
                    )
                }
                position = member.offset + member.storedBytes
                let padding = TarHeader.padded(member.storedBytes) - member.storedBytes
                frame = [UInt8](repeating: 0, count: padding)
            }
            if try !matches(frame, object, position, readsAhead) {
                faults.append("the padding behind byte \(position) is damaged")
            }
        } catch {
            faults.append(error.message)
        }
        return faults
    }

    private func matches(
        _ expected: [UInt8],
        _ object: StoredObject,
        _ start: Int,
        _ readsAhead: Bool
    ) throws(RepositoryError) -> Bool {
        var isSame = true
        var done = 0
        while done < expected.count {
            let piece = try unsafe piece(
                object,
                start + done,
                limit: expected.count - done,
                readsAhead
            )
            let wanted = expected[done..<(done + piece.count)]
            if unsafe !piece.elementsEqual(wanted) { isSame = false }
            done += piece.count
        }
        return isSame
    }

    private func digest(
        _ object: StoredObject,
        _ member: PackBuilder.Member,
        _ readsAhead: Bool
    ) throws(RepositoryError) -> Digest {
        var done = 0
        do throws(RepositoryError) {
            while done < member.storedBytes {
                let piece = try unsafe piece(
                    object,
                    member.offset + done,
                    limit: member.storedBytes - done,
                    readsAhead
                )
                unsafe hasher.update(RawSpan(_unsafeBytes: piece))
                done += piece.count
            }
        } catch {
            _ = hasher.finish()
            throw error
        }
        return hasher.finish()
    }

    /// The bytes from a position on, at least one and at most `limit`; valid until the next call.
    private func piece(
        _ object: StoredObject,
        _ position: Int,
        limit: Int,
        _ readsAhead: Bool
    ) throws(RepositoryError) -> UnsafeRawBufferPointer {
        if !windowRange.contains(position) {
            let start = readsAhead ? position / 4096 * 4096 : position
            let rest = Int(clamping: object.sizeBytes) - start
            let count = min(Self.windowBytes, rest, readsAhead ? rest : limit)
            guard start + count > position else {
                throw RepositoryError(code: .damaged, message: "it ends at byte \(start + count)")
            }
            windowRange = 0..<0
            try storing { () throws(StorageError) in
                try unsafe store.get(object.name, at: UInt64(start), into: window.room(0..<count))
            }
            readBytes += UInt64(count)
            windowRange = start..<(start + count)
        }
        let start = position - windowRange.lowerBound
        return unsafe window.slice(start..<min(start + limit, windowRange.count))
    }
}
