import Files

/// A folder on a disk that may lose its power: what is seen, and what would still be there.
///
/// Names and bytes are durable once their folder and their file were synced, each for itself.
/// A rename may reach the disk without the bytes it names, one of its two halves without the
/// other, and a file's length without its bytes; the bytes of a file come in sectors of 512.
struct SimulatedDisk: Sendable {
    /// Something that happened; paths are relative to the folder, which is empty itself.
    enum Event: Sendable {
        /// Bytes were written, past the page cache or not: that makes none of them durable.
        case write(String, offset: Int, [UInt8])
        /// The length was set.
        case resize(String, sizeBytes: Int)
        /// A file's bytes and length, or a folder's names, were synced.
        case sync(String)
        /// Everything was synced.
        case syncAll
        /// A folder was made.
        case makeFolder(String)
        /// A name became another.
        case rename(String, to: String)
        /// A file got a further name.
        case link(String, as: String)
        /// A name was removed.
        case remove(String)
        /// The test notes that something was promised.
        case mark(Int)
    }

    struct Node: Sendable {
        var isFolder: Bool
        var bytes: [UInt8] = []
        var durableBytes: [UInt8] = []
        var isSynced = true
        var entries: [String: Int] = [:]
        var durableEntries: [String: Int] = [:]
        /// For each name since the last sync, what it stood for, one after another.
        var changes: [String: [Int?]] = [:]
        /// Those names in the order of their first change: names hold digests, which differ
        /// from run to run, and a seed must not.
        var changed: [String] = []
    }

    static let sectorBytes = 512
    var nodes = [Node(isFolder: true)]

    /// A disk with an empty folder.
    init() {}

    /// Takes in what happened.
    ///
    /// - Parameter event: It happened to what is seen now.
    mutating func apply(_ event: Event) {
        switch event {
        case .write(let path, let offset, let bytes):
            let file = file(path)
            let end = offset + bytes.count
            if nodes[file].bytes.count < end {
                nodes[file].bytes += [UInt8](repeating: 0, count: end - nodes[file].bytes.count)
            }
            nodes[file].bytes.replaceSubrange(offset..<end, with: bytes)
            nodes[file].isSynced = false
        case .resize(let path, let sizeBytes):
            let file = file(path)
            let old = nodes[file].bytes
            let rest = max(0, sizeBytes - old.count)
            nodes[file].bytes = Array(old.prefix(sizeBytes)) + [UInt8](repeating: 0, count: rest)
            nodes[file].isSynced = false
        case .sync(let path):
            if let node = find(path) { sync(node) }
        case .syncAll: for node in nodes.indices { sync(node) }
        case .makeFolder(let path): enter(path, add(Node(isFolder: true)))
        case .rename(let path, let newPath):
            let node = file(path)
            enter(path, nil)
            enter(newPath, node)
        case .link(let path, let newPath): enter(newPath, file(path))
        case .remove(let path): enter(path, nil)
        case .mark: break
        }
    }

    private mutating func sync(_ node: Int) {
        nodes[node].durableBytes = nodes[node].bytes
        nodes[node].isSynced = true
        nodes[node].durableEntries = nodes[node].entries
        nodes[node].changes = [:]
        nodes[node].changed = []
    }

    mutating func add(_ node: Node) -> Int {
        nodes.append(node)
        return nodes.count - 1
    }

    private mutating func enter(_ path: String, _ node: Int?) {
        let (folder, name) = Self.split(path)
        guard let folder = find(folder) else { return }
        nodes[folder].entries[name] = node
        if nodes[folder].changes[name] == nil { nodes[folder].changed.append(name) }
        nodes[folder].changes[name, default: []].append(node)
    }

    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return ("", path) }
        return (String(path[..<slash]), String(path[path.index(after: slash)...]))
    }

    private func find(_ path: String) -> Int? {
        var node = 0
        for name in path.split(separator: "/") {
            guard let next = nodes[node].entries[String(name)] else { return nil }
            node = next
        }
        return node
    }

    /// The file of a path; one that nobody was seen to make was made just now.
    private mutating func file(_ path: String) -> Int {
        if let found = find(path) { return found }
        let made = add(Node(isFolder: false))
        enter(path, made)
        return made
    }

    /// Every path with its bytes, nil for a folder.
    var seen: [String: [UInt8]?] {
        var found: [String: [UInt8]?] = [:]
        collect(0, "", &found)
        return found
    }

    private func collect(_ node: Int, _ path: String, _ found: inout [String: [UInt8]?]) {
        for (name, inner) in nodes[node].entries {
            let place = path.isEmpty ? name : path + "/" + name
            if nodes[inner].isFolder {
                found.updateValue(nil, forKey: place)
                collect(inner, place, &found)
            } else {
                found.updateValue(nodes[inner].bytes, forKey: place)
            }
        }
    }

    /// Makes what is seen in a real folder.
    ///
    /// - Parameter folder: Exists and is empty.
    /// - Throws: ``FileError``.
    func write(to folder: Path) throws {
        for (path, bytes) in seen.sorted(by: { $0.key < $1.key }) {
            let (holder, name) = Self.split(path)
            let parent = try Directory(holder.isEmpty ? folder : folder.appending(Path(holder)))
            if let bytes {
                try parent.open(Path(name), .create).append(bytes)
            } else {
                try parent.makeFolder(Path(name))
            }
        }
    }
}
