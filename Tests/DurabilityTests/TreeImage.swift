import Files

/// All that a folder holds, to be compared with another.
struct TreeImage: Equatable {
    struct Item: Equatable {
        let kind: FileStatus.Kind
        let mode: UInt32
        let modifiedNanoseconds: Int64
        let content: [UInt8]
    }

    private(set) var items: [Path: Item] = [:]

    init(_ folder: Path) throws {
        let root = try Directory(folder)
        var found: [Path: Item] = [:]
        try TreeWalk.run(root) { (item, holder) throws(FileError) in
            let content: [UInt8] =
                switch item.status.kind {
                case .file: try holder.open(item.name, .read).readAll()
                case .link: try holder.linkTarget(item.name).bytes
                default: []
                }
            found[item.path] = Item(
                kind: item.status.kind,
                mode: item.status.mode,
                modifiedNanoseconds: item.status.modifiedNanoseconds,
                content: content
            )
            return .descend
        } onFailure: { (failure) throws(FileError) in
            throw failure.cause
        }
        items = found
    }

    var fileCount: Int { items.values.count { $0.kind == .file } }

    /// What differs, for people.
    func difference(from other: TreeImage) -> String {
        let names = Set(items.keys).union(other.items.keys).filter { items[$0] != other.items[$0] }
        return names.map(\.description).sorted().prefix(8).joined(separator: ", ")
    }
}
