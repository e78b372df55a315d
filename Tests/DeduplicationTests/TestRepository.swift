import Files
import Manifests
import Storage
import Support
import Testing
import Threads

@testable import Deduplication

/// A repository in a scratch folder, and a source to back up into it.
final class TestRepository {
    /// What a component holds.
    enum Content {
        case file([UInt8])
        /// A database as far as the cutting goes: pages.
        case pages([UInt8])
        /// A hole, and bytes behind it.
        case hole(Int, [UInt8])
        /// A further name of an earlier file.
        case sameAs(String)
    }

    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        try scratch.shell("mkdir repo source")
        try Repository.create(in: store(), texts: [:])
    }

    func store() throws -> LocalStore { try LocalStore(Path(scratch.path + "/repo")) }

    func open() throws -> Repository { try Repository(store()) }

    func draft(_ repository: Repository) throws -> SnapshotDraft {
        try SnapshotDraft(testing: repository)
    }

    /// Takes a snapshot of these components.
    @discardableResult
    func backup(_ components: [String: [String: Content]]) throws -> Snapshot {
        let draft = try draft(open())
        var captured: [String: Snapshot.Component] = [:]
        for (name, files) in components.sorted(by: { $0.key < $1.key }) {
            captured[name] = try capture(files, name, draft).component
        }
        return try draft.publish(captured)
    }

    func capture(
        _ files: [String: Content],
        _ name: String,
        _ draft: SnapshotDraft
    ) throws -> (component: Snapshot.Component, totals: TreeTotals) {
        let tree = draft.tree(for: name, rereading: false, onRead: { _ in })
        try scratch.shell("mkdir -p source/\(name)")
        for (path, content) in files.map({ (Path($0.key), $0.value) }).sorted(by: { $0.0 < $1.0 }) {
            try add(path, content, to: tree, "source/\(name)")
        }
        let totals = try tree.finish()
        let component = Snapshot.Component(totals, from: "/source/\(name)")
        return (component, totals)
    }

    private func add(
        _ path: Path,
        _ content: Content,
        to tree: TreeWriter,
        _ folder: String
    ) throws {
        let place = folder + "/" + path.description.split(separator: "/").joined(separator: "-")
        switch content {
        case .file(let bytes), .pages(let bytes):
            try scratch.shell("rm -f \(place)")
            try scratch.write(place, bytes)
        case .hole(let count, let bytes):
            try scratch.write(place, [])
            let file = try OpenFile(Path(scratch.path).appending(place), .update)
            try unsafe bytes.withUnsafeBytes { try unsafe file.write($0, at: UInt64(count)) }
        case .sameAs(let first):
            try scratch.shell("ln -f \(folder)/\(first) \(place)")
        }
        let file = try OpenFile(Path(scratch.path).appending(place), .read)
        var entry = FileEntry(path: path, kind: .file, status: try file.status())
        _ = try tree.parentEntry(at: path)
        switch content {
        case .file, .hole:
            entry.hardlink = "\(entry.inode)"
            #expect(try tree.add(entry, content: file) == .steady)
        case .pages: try tree.add(entry, pagesOf: file)
        case .sameAs:
            entry.hardlink = "\(entry.inode)"
            #expect(try tree.addLinked(entry))
        }
    }

    /// All entries of a component.
    func entries(_ snapshot: Snapshot, _ name: String) throws -> [FileEntry] {
        var tree = try open().tree(try #require(snapshot.components[name]), name: name)
        var entries: [FileEntry] = []
        while let entry = try tree.next() { entries.append(entry) }
        return entries
    }

    /// The content of an entry, proven on the way.
    func content(_ entry: FileEntry) throws -> [UInt8] {
        try open().contentReader().bytes(of: entry)
    }

    /// The names of the objects in a folder of the repository, with the folder.
    func objects(_ folder: String) throws -> [String] {
        try store().list(folder).map(\.name)
    }

    /// Checks all snapshots.
    func check(_ level: CheckLevel) throws -> CheckReport {
        let repository = try open()
        return try RepositoryCheck(repository, level: level, cancellation: Cancellation()) { _ in }
            .run(try repository.listSnapshots(), isWhole: true)
    }

    /// The object and place where an unharmed chunk of a file lies.
    func location(_ entry: FileEntry, extent: Int = 0) throws -> ChunkIndex.Location {
        guard case .inline(let extents) = entry.extents, case .chunk(let id, _, _) = extents[extent]
        else { throw RepositoryError(code: .notFound, message: "no chunk in \(entry.path)") }
        return try #require(try open().index.locations(of: id).first)
    }
}
