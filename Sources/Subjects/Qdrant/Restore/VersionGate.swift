/// Which server may load what another one made.
///
/// Qdrant promises it for the same and for the next minor version, and checks nothing itself.
enum VersionGate {
    /// Why a server may not load what another made.
    ///
    /// - Parameters:
    ///   - kept: The one that it was taken from.
    ///   - live: The one that shall load it.
    /// - Returns: Nil where it is promised to work.
    static func obstacle(_ kept: QdrantVersion, _ live: QdrantVersion) -> String? {
        guard let before = kept.release, let now = live.release else {
            return "it is not known whether Qdrant \(live.version) loads what \(kept.version) made"
        }
        if now.major == before.major, (before.minor...(before.minor + 1)).contains(now.minor) {
            return nil
        }
        return "this is Qdrant \(live.version), and the snapshot was taken from \(kept.version): "
            + "Qdrant promises to load what the same or the previous minor version made"
    }

    /// Whether a server reads segments that lie in RocksDB: others break by them.
    static func readsRocksDB(_ live: QdrantVersion) -> Bool {
        guard let now = live.release else { return false }
        return (now.major, now.minor) < (1, 18)
    }
}
