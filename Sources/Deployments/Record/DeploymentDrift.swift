internal import Cryptography
public import Files

/// What the files of a deployment say other than when it was recorded.
///
/// A recovery changes the TAG alone: whatever else they say now is what its services start with.
public struct DeploymentDrift: Sendable {
    /// A compose file that has changed.
    public struct File: Sendable {
        /// Where it lies.
        public let path: Path
        /// Its name in the component of then; nil where it was not kept, or not there.
        public let storedAs: String?
        /// What it says now; nil where it is gone.
        public let bytes: [UInt8]?
    }

    /// The keys of an env file that have changed; never a value.
    public struct Keys: Sendable, Equatable {
        /// Where it lies.
        public let path: Path
        /// Those that have another value; empty where that cannot be told.
        public let changed: [String]
        /// Those that were not there then.
        public let added: [String]
        /// Those that are no longer there.
        public let removed: [String]
    }

    /// The compose files.
    public private(set) var files: [File] = []
    /// The env files.
    public private(set) var environmentFiles: [Keys] = []

    /// Compares; reads small files and asks no program.
    ///
    /// - Parameters:
    ///   - settings: The deployment as it is configured now.
    ///   - record: What was recorded.
    ///   - key: Of the fingerprints; nil, or another than that of the record, tells no values apart.
    public init(
        _ settings: DeploymentSettings,
        from record: DeploymentRecord,
        key: FingerprintKey?
    ) {
        let then = Dictionary(record.files.map { (Path($0.path), $0) }) { $1 }
        let known = record.files.map { Path($0.path) }
        for path in known + settings.files.filter({ then[$0] == nil }) {
            let bytes = Self.read(path)
            if let bytes, SHA256.digest(of: bytes).hex == then[path]?.sha256 { continue }
            // Gone then as now.
            if bytes == nil, then[path] == nil { continue }
            files.append(File(path: path, storedAs: then[path]?.storedAs, bytes: bytes))
        }
        let fingerprints = key?.id == record.fingerprintKeyID ? key : nil
        for file in record.environmentFiles {
            let path = Path(file.path)
            guard let bytes = Self.read(path) else { continue }
            let values = EnvironmentFile.values(in: String(decoding: bytes, as: UTF8.self))
            let keys = Self.keys(file, values, fingerprints, except: record.tag.key)
            let found = Keys(
                path: path,
                changed: keys.changed,
                added: keys.added,
                removed: keys.removed
            )
            if found != Keys(path: path, changed: [], added: [], removed: []) {
                environmentFiles.append(found)
            }
        }
    }

    private static func read(_ path: Path) -> [UInt8]? {
        try? OpenFile(path, .read).readAll(limitBytes: 1 << 20)
    }

    private static func keys(
        _ then: EnvironmentRecord,
        _ values: [String: String],
        _ key: FingerprintKey?,
        except tagKey: String
    ) -> (changed: [String], added: [String], removed: [String]) {
        var changed: [String] = []
        var removed: [String] = []
        for old in then.keys where old.name != tagKey {
            guard let value = values[old.name] else {
                removed.append(old.name)
                continue
            }
            if value.isEmpty != (old.fingerprint == nil), key != nil {
                changed.append(old.name)
            } else if let key, !value.isEmpty,
                key.fingerprint(of: value, named: old.name) != old.fingerprint
            {
                changed.append(old.name)
            }
        }
        let known = Set(then.keys.map(\.name))
        let added = values.keys.filter { $0 != tagKey && !known.contains($0) }
        return (changed.sorted(), added.sorted(), removed.sorted())
    }
}
