extension SimulatedDisk.Event {
    /// The call and what kind of object it was about, without names and bytes that differ from
    /// run to run: ids, digests and times.
    var outline: String {
        switch self {
        case .write(let path, _, _): "write \(SimulatedDisk.kind(path))"
        case .resize(let path, _): "resize \(SimulatedDisk.kind(path))"
        case .sync(let path): "sync \(SimulatedDisk.kind(path))"
        case .syncAll: "sync all"
        case .makeFolder(let path): "make \(SimulatedDisk.kind(path))"
        case .rename(let path, let newPath):
            "rename \(SimulatedDisk.kind(path)) to \(SimulatedDisk.kind(newPath))"
        case .link(let path, let newPath):
            "link \(SimulatedDisk.kind(path)) as \(SimulatedDisk.kind(newPath))"
        case .remove(let path): "remove \(SimulatedDisk.kind(path))"
        case .mark(let number): "mark \(number)"
        }
    }
}

extension SimulatedDisk {
    /// The objects that are there, each by its kind and its sectors, in one line.
    var outline: String {
        let objects = seen.compactMap { path, bytes in
            bytes.map {
                "\(Self.kind(path)):\(($0.count + Self.sectorBytes - 1) / Self.sectorBytes)"
            }
        }
        return objects.sorted().joined(separator: " ")
    }

    /// A path without the parts that are made of digits and letters by a digest, a clock or luck.
    static func kind(_ path: String) -> String {
        path.split(separator: "/").map { part in
            let letters = part.prefix { $0 != "." }
            let isMade =
                letters.contains { $0.isNumber } || letters.count <= 2 || letters.count > 12
            return isMade ? "*" + part.dropFirst(letters.count) : String(part)
        }.joined(separator: "/")
    }
}
