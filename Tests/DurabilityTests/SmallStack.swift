import Archiving
import Backup
import Deduplication
import Files
import Recovery
import Storage
import Subjects
import Support
import Threads

/// A tiny folder that changes, and what is done with it: the real operations on any store.
struct SmallStack {
    let scratch: Scratch
    let source: Path

    init(_ scratch: Scratch) throws {
        self.scratch = scratch
        source = try scratch.freshFolder(Path("source"))
        try Directory(source).makeFolder(Path("inner"))
        try write("steady.txt", Array("what never changes\n".utf8))
        try Directory(source).makeLink(Path("link"), to: Path("inner/log"))
    }

    private func write(_ name: String, _ bytes: [UInt8]) throws {
        let path = source.appending(Path(name))
        let file = try Directory(path.parent).open(path.lastComponent, .lock)
        try file.truncate(to: 0)
        try file.append(bytes)
    }

    /// Changes it: one file anew, one longer, one more, perhaps one less.
    func change(_ step: Int, _ random: inout SeededGenerator, largestBytes: Int = 9000) throws {
        try write("note.txt", Array("note \(step) \(random.next())\n".utf8))
        let log = try Directory(source.appending(Path("inner"))).open(Path("log"), .append)
        try log.append(random.bytes(Int.random(in: 1...700, using: &random)))
        let count = Int.random(in: 0...largestBytes, using: &random)
        try write("inner/piece-\(step % 4)", random.bytes(count))
        if random.happens(0.3) {
            try? Directory(source.appending(Path("inner"))).remove(Path("piece-\((step + 2) % 4)"))
        }
    }

    /// Puts it back to what it was.
    func become(_ image: TreeImage) throws {
        let folder = try Directory(try scratch.freshFolder(source.lastComponent))
        for (path, item) in image.items.sorted(by: { $0.key < $1.key }) where !path.bytes.isEmpty {
            switch item.kind {
            case .folder: try folder.makeFolder(path)
            case .link: try folder.makeLink(path, to: Path(bytes: item.content))
            default: try write(path.description, item.content)
            }
        }
    }

    func image() throws -> TreeImage { try TreeImage(source) }

    func backup(into store: any Store) throws -> Snapshot {
        let repository = try Repository(store)
        let draft = try SnapshotDraft(testing: repository)
        let run = BackupRun(
            [FileTreeSource(name: "files", path: source.description)],
            into: draft,
            scratch: try scratch.freshFolder(Path("copies")),
            rereading: false,
            cancellation: Cancellation()
        ) { _ in }
        return try run.run().snapshot
    }

    /// What a restore of a snapshot makes.
    func restored(_ snapshot: Snapshot, from store: any Store) throws -> TreeImage {
        let folder = try scratch.freshFolder(Path("restored"))
        let repository = try Repository(store)
        guard let component = snapshot.components["files"], component.outcome == "captured" else {
            throw Failure(text: "\(snapshot.id) does not hold the component")
        }
        var restore = TreeRestore(from: repository, cancellation: Cancellation()) { _ in }
        _ = try restore.run(try repository.tree(component, name: "files"), into: folder)
        return try TreeImage(folder)
    }

    /// Everything against everything, and the outcome kept.
    func check(_ store: any Store) throws -> CheckReport {
        let repository = try Repository(store)
        let check = RepositoryCheck(repository, level: .deep, cancellation: Cancellation()) { _ in }
        let report = try check.run(try repository.listSnapshots(), isWhole: true)
        try repository.record(report, operation: "verify")
        return report
    }

    /// An archive of a snapshot in an empty folder.
    func export(
        _ id: SnapshotID,
        from store: any Store,
        into folder: Path
    ) throws -> ArchiveExport.Outcome {
        let repository = try Repository(store)
        let snapshot = try repository.snapshot(id.text, stack: nil)
        return try ArchiveExport(from: repository, cancellation: Cancellation())
            .write(["files"], of: snapshot, to: folder.appending(Path("out.tar")), as: .tar)
    }

    struct Failure: Error, CustomStringConvertible {
        let text: String
        var description: String { text }
    }
}
