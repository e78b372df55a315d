/// A kind of archive that ``ArchiveWriter`` makes.
public enum ArchiveFormat: String, CaseIterable, Sendable {
    /// A tar in pax format.
    case tar = ".tar"
    /// A tar in pax format, compressed by gzip at level 6.
    case tarGzip = ".tar.gz"
    /// A tar in pax format, compressed by zstd at level 3.
    case tarZstd = ".tar.zst"
    /// A zip. It holds UTF-8 names, whole seconds and numeric owners, but no hard links,
    /// extended attributes or access control lists.
    case zip = ".zip"

    /// The format that a file name asks for.
    ///
    /// - Parameter fileName: A name or path as raw bytes.
    public init?(fileName: [UInt8]) {
        let match = Self.allCases.first { format in
            let suffix = Array(format.rawValue.utf8)
            return fileName.count > suffix.count && fileName.suffix(suffix.count) == suffix[...]
        }
        guard let match else { return nil }
        self = match
    }
}
