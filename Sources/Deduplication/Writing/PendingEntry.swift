internal import Cryptography
internal import Manifests

/// A file whose chunks are on their way, waiting for its line in the manifest.
final class PendingEntry {
    /// A run of the file's bytes, known now or once a chunk has its id.
    enum Piece {
        case known(Extent)
        case coming(ChunkWriter.Ticket, offset: Int, length: Int)
    }

    var entry: FileEntry
    var pieces: [Piece] = []
    /// Chunks of the page table, base or patch, that are on their way.
    var pageBase: [ChunkWriter.Ticket] = []
    var pagePatch: [ChunkWriter.Ticket] = []
    /// Whether the extents are those of a small file in a shared chunk.
    var isBatched = false
    /// Whether it flowed by: whole or the same as before, its extents change together.
    var isStreamed = false

    init(_ entry: FileEntry) {
        self.entry = entry
    }

    var isResolved: Bool {
        pieces.allSatisfy { piece in
            guard case .coming(let ticket, _, _) = piece else { return true }
            return ticket.isResolved
        }
    }
}
