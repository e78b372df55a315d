/// What a tree holds, counted while it is written.
public struct TreeTotals: Sendable, Equatable {
    /// Regular files, databases among them.
    public internal(set) var files = 0
    /// Folders.
    public internal(set) var folders = 0
    /// Symbolic links.
    public internal(set) var links = 0
    /// Databases.
    public internal(set) var databases = 0
    /// The length of all files together.
    public internal(set) var sizeBytes: UInt64 = 0
    /// Of these, files of which only length and digest were kept.
    public internal(set) var elsewhereFiles = 0
    /// Their length together.
    public internal(set) var elsewhereBytes: UInt64 = 0
    /// Files that were not read because nothing about them had changed.
    public internal(set) var unchangedFiles = 0
    /// Bytes that were read from the source.
    public internal(set) var readBytes: UInt64 = 0
    /// The chunks that hold the manifest's lines.
    public internal(set) var parts: [String] = []
    /// SHA-256 over the ids of the parts, each followed by a line feed.
    public internal(set) var digest = ""
    /// Shared chunks of small files of which less than half is in use.
    public internal(set) var weak: [String] = []
}
