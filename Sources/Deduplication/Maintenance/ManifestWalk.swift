internal import Cryptography
internal import Files
internal import Manifests

/// Goes through the parts of many manifests and looks at each part once, however many
/// snapshots share it.
struct ManifestWalk<Summary> {
    /// A part of a component's manifest, summed up, or why it cannot be.
    struct Part {
        let id: Digest
        let summary: Result<Summary, RepositoryError>
    }

    private let reader: ChunkReader
    private let summarize: ([FileEntry]) throws(RepositoryError) -> Summary
    private var known: [Digest: Result<Summary, RepositoryError>] = [:]

    init(
        _ reader: ChunkReader,
        summarize: @escaping ([FileEntry]) throws(RepositoryError) -> Summary
    ) {
        self.reader = reader
        self.summarize = summarize
    }

    /// The parts of a component in order.
    ///
    /// - Throws: Only what ends the whole walk, such as a wish to stop.
    mutating func parts(of component: Snapshot.Component) throws(RepositoryError) -> [Part] {
        var parts: [Part] = []
        // A snapshot's document was read with its digest: its ids are as they were written.
        for id in component.parts.compactMap({ Digest(hex: $0) }) {
            if known[id] == nil { known[id] = try look(at: id) }
            if let summary = known[id] { parts.append(Part(id: id, summary: summary)) }
        }
        return parts
    }

    private func look(at part: Digest) throws(RepositoryError) -> Result<Summary, RepositoryError> {
        var entries: [FileEntry] = []
        do throws(RepositoryError) {
            entries = try read(part)
        } catch {
            return .failure(error)
        }
        return .success(try summarize(entries))
    }

    private func read(_ part: Digest) throws(RepositoryError) -> [FileEntry] {
        var lines = LineReader(try reader.read(part))
        var entries: [FileEntry] = []
        do throws(ManifestError) {
            while let found = try lines.entry() {
                if let last = entries.last, !(last.path < found.entry.path) {
                    throw ManifestError(
                        code: .malformed,
                        message: "out of order at \(found.entry.path)"
                    )
                }
                entries.append(found.entry)
            }
        } catch {
            throw RepositoryError(error, in: "the manifest part \(part)")
        }
        return entries
    }
}
