internal import Cryptography
internal import Files

extension FileEntry {
    /// About how many bytes of memory its texts and lists hold, for whoever keeps many entries:
    /// one line may be a link of a few bytes or four megabytes of attributes.
    public var weightBytes: Int {
        let texts = [user, group, hardlink].reduce(0) { $0 + ($1?.utf8.count ?? 0) }
        let values = attributes.reduce(0) { $0 + $1.name.utf8.count + $1.value.count }
        let listed =
            switch extents {
            case .inline(let list): list.count * MemoryLayout<Extent>.stride
            case .indirect(let chunks): chunks.count * MemoryLayout<Digest>.stride
            case .elsewhere: 0
            }
        let tables = (pages?.base.count ?? 0) + (pages?.patches.count ?? 0)
        return path.bytes.count + (target?.bytes.count ?? 0) + texts + values + listed
            + (database?.count ?? 0) + tables * MemoryLayout<Digest>.stride
    }
}
