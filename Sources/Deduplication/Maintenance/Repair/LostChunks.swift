internal import Cryptography
public import Files
internal import Manifests
internal import Storage

/// Reads from a live file: the component, the path from its root, a position and a length; nil
/// where there are no such bytes.
public typealias LiveReader = (String, Path, UInt64, Int) -> [UInt8]?

/// Finds chunks that no pack gives back in the files that they were cut from.
///
/// Proven by the id: a file that has changed elsewhere serves as well as one that has not.
struct LostChunks {
    /// A range of a file that lies in a chunk.
    private struct Piece: Equatable {
        let component: String
        let path: Path
        let position: UInt64
        let offset: Int
        let length: Int
    }

    private var pieces: [Digest: [Piece]] = [:]
    private let reader: ChunkReader
    private let index: ChunkIndex
    private let store: any Store
    private let live: LiveReader
    private let configuration: [UInt8]

    /// Looks up where lost chunks came from.
    ///
    /// - Parameters:
    ///   - lost: The chunks.
    ///   - snapshots: All that can be read.
    ///   - repository: Where they are.
    ///   - live: Reads the files as they are now.
    ///   - configuration: The configuration as it is now, which a chunk may hold too.
    init(
        _ lost: Set<Digest>,
        _ snapshots: [Snapshot],
        _ repository: Repository,
        _ live: @escaping LiveReader,
        configuration: [UInt8]
    ) {
        reader = ChunkReader(store: repository.store, index: repository.index)
        index = repository.index
        store = repository.store
        self.live = live
        self.configuration = configuration
        if lost.isEmpty { return }
        // Snapshots have most parts in common.
        var seen: [String: Set<Digest>] = [:]
        for snapshot in snapshots {
            for (name, component) in snapshot.components {
                for part in component.parts.compactMap({ Digest(hex: $0) })
                where seen[name, default: []].insert(part).inserted {
                    add(part, name, lost)
                }
            }
        }
    }

    private mutating func add(_ part: Digest, _ component: String, _ lost: Set<Digest>) {
        // A part that is lost itself hides where its files' chunks came from, no other part's.
        guard let bytes = try? reader.read(part) else { return }
        var lines = LineReader(bytes)
        while let entry = (try? lines.entry())?.entry {
            guard entry.kind == .file, let extents = try? reader.extents(of: entry) else {
                continue
            }
            var position: UInt64 = 0
            for extent in extents {
                if case .chunk(let id, let offset, let length) = extent, lost.contains(id) {
                    let piece = Piece(
                        component: component,
                        path: entry.path,
                        position: position,
                        offset: offset,
                        length: length
                    )
                    if pieces[id]?.contains(piece) != true {
                        pieces[id, default: []].append(piece)
                    }
                }
                position += extent.length
            }
        }
    }

    /// The plaintext of a lost chunk, proven; nil where nothing has it any more.
    func find(_ chunk: Digest) -> [UInt8]? {
        if SHA256.digest(of: configuration) == chunk { return configuration }
        let places = index.locations(of: chunk)
        let pieces = pieces[chunk] ?? []
        let known = pieces.map { $0.offset + $0.length }.max() ?? 0
        let sizes = Set(places.map(\.plainBytes) + [known])
            .filter { $0 >= known && $0 > 0 && $0 <= PackFormat.chunkLimit }
        for size in sizes.sorted() {
            for base in [[UInt8](repeating: 0, count: size)] + remains(places, size) {
                if let bytes = fill(base, pieces, chunk) { return bytes }
            }
        }
        return nil
    }

    /// What a damaged pack still has of a chunk that is stored as it is.
    private func remains(_ places: [ChunkIndex.Location], _ size: Int) -> [[UInt8]] {
        places.filter { $0.storedBytes == size && $0.plainBytes == size }.compactMap { place in
            try? store.get(place.object, at: UInt64(place.offset), count: size)
        }
    }

    private func fill(_ base: [UInt8], _ pieces: [Piece], _ chunk: Digest) -> [UInt8]? {
        var all = base
        for piece in pieces {
            guard let bytes = live(piece.component, piece.path, piece.position, piece.length),
                bytes.count == piece.length
            else { continue }
            var alone = base
            let range = piece.offset..<(piece.offset + piece.length)
            alone.replaceSubrange(range, with: bytes)
            if SHA256.digest(of: alone) == chunk { return alone }
            all.replaceSubrange(range, with: bytes)
            // After each piece: a later one may be of a file that has changed.
            if SHA256.digest(of: all) == chunk { return all }
        }
        return nil
    }
}
