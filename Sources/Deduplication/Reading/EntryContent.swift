internal import Cryptography
internal import Manifests

extension ChunkReader {
    /// An entry's extents, from its line or from the chunks that hold them; their lengths must
    /// add up to the file's.
    func extents(of entry: FileEntry) throws(RepositoryError) -> [Extent] {
        let extents: [Extent]
        switch entry.extents {
        case .inline(let list): extents = list
        case .indirect(let chunks):
            var text = ExtentText()
            for chunk in chunks {
                let piece = try read(chunk)
                try understanding(entry) { () throws(ManifestError) in try text.append(piece) }
            }
            try understanding(entry) { () throws(ManifestError) in try text.finish() }
            extents = text.extents
        case .elsewhere:
            throw RepositoryError(
                code: .notFound,
                message: "the content of \(entry.path) is not in the repository, only its SHA-256"
            )
        }
        var total: UInt64 = 0
        for extent in extents {
            let (sum, overflow) = total.addingReportingOverflow(extent.length)
            guard !overflow else { throw Self.wrongLength(entry) }
            total = sum
        }
        guard total == entry.sizeBytes else { throw Self.wrongLength(entry) }
        return extents
    }

    private func understanding(
        _ entry: FileEntry,
        _ body: () throws(ManifestError) -> Void
    ) throws(RepositoryError) {
        do throws(ManifestError) {
            try body()
        } catch {
            throw RepositoryError(error, in: "the extents of \(entry.path)")
        }
    }

    private static func wrongLength(_ entry: FileEntry) -> RepositoryError {
        RepositoryError(
            code: .damaged,
            message: "the extents of \(entry.path) do not make \(entry.sizeBytes) bytes"
        )
    }
}
