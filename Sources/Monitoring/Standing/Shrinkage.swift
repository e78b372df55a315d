/// What a snapshot holds of a component, in numbers.
public struct ComponentCounts: Sendable, Equatable {
    /// The length of its files.
    public var sizeBytes: UInt64
    /// How many files.
    public var files: UInt64
    /// How many databases.
    public var databases: UInt64
    /// Rows or points; files where there are none.
    public var items: UInt64
    /// What `items` are.
    public var unit: String

    /// States numbers.
    ///
    /// - Parameters:
    ///   - sizeBytes: The length of its files.
    ///   - files: How many files.
    ///   - databases: How many databases.
    ///   - items: Rows or points; files where there are none.
    ///   - unit: What these are.
    public init(
        sizeBytes: UInt64,
        files: UInt64,
        databases: UInt64,
        items: UInt64,
        unit: String
    ) {
        self.sizeBytes = sizeBytes
        self.files = files
        self.databases = databases
        self.items = items
        self.unit = unit
    }
}

/// Finds what lost more than half of what it usually has: an empty or half deleted source makes a
/// backup that succeeds, and is none.
public enum Shrinkage {
    /// So many snapshots before say what is usual.
    public static let memory = 5

    /// One number that fell.
    public struct Loss: Sendable, Equatable {
        /// Which, such as `bytes` or `rows`.
        public var unit: String
        /// What was usual.
        public var usual: UInt64
        /// What is left.
        public var now: UInt64
    }

    /// Compares with the median of what was before.
    ///
    /// - Parameters:
    ///   - now: The snapshot in question.
    ///   - before: Those before it, the newest last; only the last five count.
    /// - Returns: What fell below half; empty where nothing was before.
    public static func find(_ now: ComponentCounts, before: [ComponentCounts]) -> [Loss] {
        let known = before.suffix(memory)
        func loss(_ unit: String, _ value: UInt64, _ earlier: [UInt64]) -> Loss? {
            guard let usual = median(earlier), value < (usual + 1) / 2 else { return nil }
            return Loss(unit: unit, usual: usual, now: value)
        }
        let alike = known.filter { $0.unit == now.unit }
        let all = [
            loss("bytes", now.sizeBytes, known.map(\.sizeBytes)),
            loss("files", now.files, known.map(\.files)),
            loss("databases", now.databases, known.map(\.databases)),
            now.unit == "files" ? nil : loss(now.unit, now.items, alike.map(\.items)),
        ]
        return all.compactMap { $0 }
    }

    /// The one in the middle; of two the larger.
    static func median(_ values: [UInt64]) -> UInt64? {
        values.isEmpty ? nil : values.sorted()[values.count / 2]
    }
}
