public import Deduplication
public import Manifests
public import Subjects

/// The content of a file of a snapshot, read out of the repository and proven by its chunks.
public final class RepositoryContent: KeptContent {
    let stored: StoredContent

    init(_ stored: StoredContent) {
        self.stored = stored
    }

    /// Looks up where a file lies.
    ///
    /// - Parameters:
    ///   - entry: A regular file of a snapshot.
    ///   - repository: Where the snapshot is.
    /// - Throws: ``CaptureError``; `source` where it is damaged.
    public init(_ entry: FileEntry, in repository: Repository) throws(CaptureError) {
        do throws(RepositoryError) {
            stored = try repository.storedContent(of: entry)
        } catch {
            throw Self.error(error)
        }
    }

    /// Its bytes in order: what is kept beside the metadata, and how much is not.
    public var runs: [KeptRun] {
        stored.extents.map { extent in
            if case .literal(let bytes) = extent { return .inline(bytes) }
            return .stored(extent.length)
        }
    }

    /// Reads some of it.
    ///
    /// - Parameter range: Within the content, in bytes.
    /// - Returns: Exactly those bytes, each checked by its digest.
    /// - Throws: ``CaptureError``; `source` where it is damaged.
    public func read(_ range: Range<UInt64>) throws(CaptureError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        do throws(RepositoryError) {
            for extent in stored.extents(in: range) {
                try unsafe stored.read(extent) { unsafe bytes.append(contentsOf: $0) }
            }
        } catch {
            throw Self.error(error)
        }
        return bytes
    }

    /// What is damaged there is no failure of the repository as a whole: the content may be had
    /// again from its source.
    static func error(_ error: RepositoryError) -> CaptureError {
        guard error.code == .damaged else { return TreeSink.error(error) }
        return CaptureError(code: .source, message: error.message, cause: error)
    }
}
