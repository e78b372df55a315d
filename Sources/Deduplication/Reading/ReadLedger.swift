internal import Cryptography
internal import Threads

/// What the reading of chunks found out about the places where they lie, for a check.
///
/// A reader that meets a damaged place goes on to the next; the ledger remembers the first.
final class ReadLedger: Sendable {
    private struct State {
        var proven: Set<ChunkIndex.Location> = []
        var failed: [ChunkIndex.Location: String] = [:]
        var storedBytes: UInt64 = 0
    }

    private let state = Monitor(State())

    /// Notes a place that holds what the chunk's id says.
    func prove(_ location: ChunkIndex.Location) {
        state.change { state in
            state.proven.insert(location)
            state.storedBytes += UInt64(location.storedBytes)
        }
    }

    /// Notes a place that does not.
    func fail(_ location: ChunkIndex.Location, _ why: String) {
        state.change { $0.failed[location] = why }
    }

    /// Whether a chunk was read from there unharmed.
    func isProven(_ location: ChunkIndex.Location) -> Bool {
        state.change { $0.proven.contains(location) }
    }

    /// The damaged places, each with what is wrong.
    var failed: [ChunkIndex.Location: String] { state.change { $0.failed } }

    /// How many bytes of packs were read.
    var storedBytes: UInt64 { state.change { $0.storedBytes } }
}
