internal import Files

/// A model folder as it will be once a restore has put back what it brings: paths are followed
/// through the snapshot where that comes back, and through what is there for the rest.
struct ComingModels {
    private enum Thing {
        case link(Path)
        case other
    }

    private let roots: [Path]
    private let kept: KeptModels
    private let stays: Set<Path>

    /// Describes the folder.
    ///
    /// - Parameters:
    ///   - root: The model folder.
    ///   - kept: What the snapshot holds of it.
    ///   - stays: The direct children that are not put back.
    init(_ root: Path, _ kept: KeptModels, stays: Set<Path>) {
        let written = root.absolute.normalized
        roots = [written, written.resolved]
        self.kept = kept
        self.stays = stays
    }

    /// Whether a path will lead to something.
    ///
    /// - Parameter path: From the model folder, or absolute.
    /// - Returns: False also for links in a circle.
    func leads(_ path: Path) -> Bool {
        var left = Array(roots[0].appending(path).components.reversed())
        var place = Path("/")
        var linkCount = 0
        while let next = left.popLast() {
            if next == Path(".") { continue }
            if next == Path("..") {
                place = place.parent
                continue
            }
            switch thing(at: place.appending(next)) {
            case nil: return false
            case .other: place = place.appending(next)
            case .link(let target):
                linkCount += 1
                // As many as the kernel follows.
                if linkCount > 40 { return false }
                if target.isAbsolute { place = Path("/") }
                left += target.components.reversed()
            }
        }
        return true
    }

    private func thing(at place: Path) -> Thing? {
        if let inside = roots.lazy.compactMap({ $0.relative(place) }).first {
            guard let name = inside.components.first else { return live(place) ?? .other }
            if !stays.contains(name), let item = kept.items[name] {
                guard let entry = item.entries[inside] else { return nil }
                return entry.target.map { .link($0) } ?? .other
            }
        }
        return live(place)
    }

    private func live(_ place: Path) -> Thing? {
        guard let status = try? FileStatus(of: place) else { return nil }
        guard status.kind == .link else { return .other }
        return (try? Directory(place.parent).linkTarget(place.lastComponent)).map { .link($0) }
    }
}
