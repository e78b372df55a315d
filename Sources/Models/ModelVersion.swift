public import Files

/// One version folder as it lies there, looked at without reading its content.
public struct ModelVersion: Sendable, Equatable {
    /// Whether it may be used.
    public enum State: Sendable, Equatable {
        /// Marked, or lying still long enough.
        case ready
        /// Not marked and still changing, or empty, with the reason.
        case incomplete(String)
        /// A file of its manifest is missing, or the manifest cannot be read, with the reason.
        case damaged(String)

        /// Whether it may be used.
        public var isReady: Bool { self == .ready }
    }

    /// The folder's name.
    public let name: String
    /// When it came to be: as its manifest says, else as its name says.
    public let created: Moment
    /// Whether ``created`` is recorded in the manifest.
    public let isCreationRecorded: Bool
    /// Whether it has a manifest that can be read.
    public let hasManifest: Bool
    /// Of all its files.
    public let sizeBytes: UInt64
    /// How many files it holds, manifest and ready mark not counted.
    public let fileCount: Int
    /// Whether it may be used.
    public let state: State
    /// By how many whole hours its name and its files disagree, where they do: a sign that two
    /// programs name folders in two zones.
    public let clockOffsetHours: Int?
}
