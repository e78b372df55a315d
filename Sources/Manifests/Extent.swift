public import Cryptography

/// Where a run of a file's bytes lies.
public enum Extent: Hashable, Sendable {
    /// `length` bytes from `offset` of the plaintext of a chunk.
    case chunk(Digest, offset: Int, length: Int)
    /// Zeros that take no space.
    case hole(UInt64)
    /// A few bytes written out in the manifest itself.
    case literal([UInt8])

    /// How many bytes of the file it stands for.
    public var length: UInt64 {
        switch self {
        case .chunk(_, _, let length): UInt64(length)
        case .hole(let length): length
        case .literal(let bytes): UInt64(bytes.count)
        }
    }
}

extension [Extent] {
    /// Adds an extent, joined to the last one where the two are one run.
    ///
    /// - Parameter next: The extent that follows in the file.
    public mutating func appendJoining(_ next: Extent) {
        if next.length == 0 { return }
        switch (last, next) {
        case (.chunk(let id, let offset, let length), .chunk(let nextID, let start, let more))
        where nextID == id && start == offset + length:
            self[count - 1] = .chunk(id, offset: offset, length: length + more)
        case (.hole(let length), .hole(let more)) where more <= UInt64.max - length:
            self[count - 1] = .hole(length + more)
        default:
            append(next)
        }
    }

    /// How many bytes of the file they stand for.
    public var totalLength: UInt64 {
        reduce(0) { $0 + $1.length }
    }
}

/// A file's extents: in its line, or, when there are very many, as a list of its own in chunks.
public enum ExtentList: Hashable, Sendable {
    /// Written in the line.
    case inline([Extent])
    /// The chunks whose joined plaintext is the JSON array of extents.
    case indirect([Digest])
    /// Nowhere in the repository: length and digest say what must be fetched elsewhere.
    case elsewhere
}

/// The table of page digests of a database: a base and the changes since.
///
/// Base chunks hold 16 bytes a page, the start of the page's SHA-256; patch chunks hold
/// records of 20 bytes, a little-endian page number (from 0) and its digest, applied in order.
public struct PageTable: Hashable, Sendable {
    /// The bytes of each page that was digested.
    public var pageBytes: Int
    /// How many pages there are now.
    public var pageCount: Int
    /// The chunks of the base.
    public var base: [Digest]
    /// The chunks of the changes, oldest first.
    public var patches: [Digest]

    /// Describes a stored table.
    ///
    /// - Parameters:
    ///   - pageBytes: The bytes of each digested page.
    ///   - pageCount: How many there are.
    ///   - base: The chunks of the base.
    ///   - patches: The chunks of the changes.
    public init(pageBytes: Int, pageCount: Int, base: [Digest], patches: [Digest]) {
        self.pageBytes = pageBytes
        self.pageCount = pageCount
        self.base = base
        self.patches = patches
    }
}
