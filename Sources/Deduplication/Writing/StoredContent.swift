internal import Cryptography
internal import Files
public import Manifests

/// The content of a file of an earlier snapshot, read in any order.
///
/// Not thread-safe.
public final class StoredContent {
    /// Where it lies, in order.
    public let extents: [Extent]
    private let starts: [UInt64]
    private let reader: ChunkReader
    private let buffer = AlignedBuffer(byteCount: PackFormat.chunkLimit)
    private let zeros = [UInt8](repeating: 0, count: 64 << 10)
    /// What is in the buffer.
    private var loaded: (id: Digest, byteCount: Int)?

    init(_ extents: [Extent], _ reader: ChunkReader) {
        self.extents = extents
        self.reader = reader
        var starts: [UInt64] = []
        var position: UInt64 = 0
        for extent in extents {
            starts.append(position)
            position += extent.length
        }
        self.starts = starts
    }

    /// Where some of its bytes lie.
    ///
    /// - Parameter range: Within the content.
    /// - Returns: Extents that make just these bytes.
    public func extents(in range: Range<UInt64>) -> [Extent] {
        var found: [Extent] = []
        var number = firstExtent(at: range.lowerBound)
        while number < extents.count, starts[number] < range.upperBound {
            let extent = extents[number]
            let start = max(range.lowerBound, starts[number]) - starts[number]
            let end = min(range.upperBound - starts[number], extent.length)
            number += 1
            if start >= end { continue }
            switch extent {
            case .hole: found.append(.hole(end - start))
            case .literal(let bytes): found.append(.literal(Array(bytes[Int(start)..<Int(end)])))
            case .chunk(let id, let offset, _):
                let length = Int(end - start)
                found.append(.chunk(id, offset: offset + Int(start), length: length))
            }
        }
        return found
    }

    /// Reads an extent, proven by its chunk's id.
    ///
    /// - Parameters:
    ///   - extent: One of this content, or part of one.
    ///   - body: Takes the bytes, perhaps in several pieces.
    /// - Throws: ``RepositoryError`` with code `damaged`.
    public func read(
        _ extent: Extent,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(RepositoryError) {
        switch extent {
        case .literal(let bytes): unsafe bytes.withUnsafeBytes { unsafe body($0) }
        case .hole(let length):
            var left = length
            while left > 0 {
                let count = min(left, UInt64(zeros.count))
                unsafe zeros.withUnsafeBytes {
                    unsafe body(UnsafeRawBufferPointer(rebasing: $0[..<Int(count)]))
                }
                left -= count
            }
        case .chunk(let id, let offset, let length):
            if loaded?.id != id {
                loaded = nil
                let byteCount = try unsafe reader.read(id, into: buffer.bytes)
                loaded = (id, byteCount)
            }
            let byteCount = loaded?.byteCount ?? 0
            guard offset <= byteCount, length <= byteCount - offset else {
                throw RepositoryError(
                    code: .damaged,
                    message: "an extent reaches behind the end of chunk \(id)"
                )
            }
            unsafe body(buffer.slice(offset..<(offset + length)))
        }
    }

    /// The number of the extent in which a byte lies.
    private func firstExtent(at position: UInt64) -> Int {
        var low = 0
        var high = extents.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= position { low = middle + 1 } else { high = middle }
        }
        return max(0, low - 1)
    }
}

extension Repository {
    /// The content of a file, to be read in any order.
    ///
    /// - Parameter entry: A regular file of a snapshot of this repository.
    /// - Returns: Its content; its data were not looked at yet.
    /// - Throws: ``RepositoryError`` where its list of extents cannot be read.
    public func storedContent(of entry: FileEntry) throws(RepositoryError) -> StoredContent {
        let reader = ChunkReader(store: store, index: index)
        return StoredContent(try reader.extents(of: entry), reader)
    }
}
