/// The databases that a backup need not read again, because nobody wrote them since their stamp.
///
/// They are not pinned, so they are only part of the instant if they are still untouched at its
/// end: ask ``moved()`` while the write barrier holds all others.
public struct UnchangedDatabases: Sendable {
    /// The databases that have to be read, sorted.
    public let changed: [[UInt8]]
    private let stamps: [[UInt8]: DatabaseStamp]

    /// Compares databases with what is known of them, by `stat` alone.
    ///
    /// - Parameters:
    ///   - paths: Absolute paths.
    ///   - known: Stamps taken under the write lock of an earlier barrier, by path.
    ///   - settlingNanoseconds: How long files must have been at rest when their stamp was taken.
    public init(
        among paths: [[UInt8]],
        known: [[UInt8]: DatabaseStamp],
        settlingNanoseconds: Int64 = DatabaseStamp.settlingNanoseconds
    ) {
        var stamps: [[UInt8]: DatabaseStamp] = [:]
        for path in paths {
            guard let stamp = known[path], stamp.isSettled(for: settlingNanoseconds),
                stamp.isCurrent(path)
            else { continue }
            stamps[path] = stamp
        }
        self.stamps = stamps
        changed = paths.filter { stamps[$0] == nil }
            .sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// The databases that need not be read, sorted.
    public var paths: [[UInt8]] {
        stamps.keys.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// Looks at the unchanged databases once more.
    ///
    /// - Returns: Those that were written since, sorted; they have to join the barrier.
    public func moved() -> [[UInt8]] {
        paths.filter { path in !(stamps[path]?.isCurrent(path) ?? false) }
    }
}

extension DatabaseStamp {
    fileprivate func isCurrent(_ path: [UInt8]) -> Bool {
        DatabaseStamp(of: path)?.showsSameFiles(as: self) ?? false
    }
}
