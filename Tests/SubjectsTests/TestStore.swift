import Archiving
import Deduplication
import Files
import Manifests
import Processes
import Storage
import Subjects
import Support
import Testing
import Threads

@testable import Backup

/// A repository in a private folder, into which tests capture by the same way as a backup.
struct TestStore {
    static let fixtures = "Tests/Fixtures/qdrant"

    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        try shell("mkdir repository out")
        let text = try Self.read("docs/repository/restore.sh")
        try Repository.create(
            in: try store(),
            texts: ["restore.sh": String(decoding: text, as: UTF8.self)]
        )
    }

    static func read(_ path: String) throws -> [UInt8] {
        try OpenFile(Path(path), .read).readAll(limitBytes: 1 << 30)
    }

    /// A recorded archive.
    static func archive(_ name: String) throws -> [UInt8] {
        try read("\(fixtures)/archives/\(name)")
    }

    private func store() throws -> LocalStore {
        try LocalStore(scratch.path.appending("repository"))
    }

    func open() throws -> Repository { try Repository(store()) }

    /// Runs a shell command in the folder.
    @discardableResult
    func shell(_ text: String) throws -> String {
        let environment = Environment.inherited(without: [])
        var command = Command(["sh", "-c", text], environment: environment)
        command.folder = scratch.path.bytes
        command.deadlineSeconds = 120
        let result = try command.run()
        #expect(result.succeeded, "\(text): \(result.errors.text)")
        return result.output.text
    }

    /// Takes a snapshot of one component that `body` fills.
    @discardableResult
    func backup(
        _ name: String = "qdrant",
        _ body: (any CaptureSink) throws -> Void
    ) throws -> Snapshot {
        let draft = try SnapshotDraft(testing: open())
        let tree = draft.tree(for: name, rereading: false, onRead: { _ in })
        do {
            try body(TreeSink(tree, isCancelled: { false }))
        } catch {
            draft.abandon()
            throw error
        }
        let component = Snapshot.Component(try tree.finish(), from: "http://localhost:6333")
        return try draft.publish([name: component])
    }

    /// The files of a component with their content, proven on the way.
    func files(_ snapshot: Snapshot, _ name: String = "qdrant") throws -> [String: [UInt8]] {
        let repository = try open()
        var tree = try repository.tree(try #require(snapshot.components[name]), name: name)
        let reader = repository.contentReader()
        var files: [String: [UInt8]] = [:]
        while let entry = try tree.next() {
            guard entry.kind == .file else { continue }
            files[entry.path.description] = try reader.bytes(of: entry)
        }
        return files
    }
}

extension CaptureSink {
    /// Keeps an archive, given in pieces of a size that fits no block.
    func add(archive bytes: [UInt8], at path: String) throws(CaptureError) {
        var entry = FileEntry(path: Path(path), kind: .file)
        entry.mode = 0o600
        if let ours = try? FileStatus(of: Path("."), following: true) {
            entry.userID = ours.userID
            entry.groupID = ours.groupID
        }
        try add(entry) { sink throws(CaptureError) in
            var capture = TarCapture(into: sink, Keeper())
            for start in stride(from: 0, to: bytes.count, by: 70_001) {
                let piece = Array(bytes[start..<min(start + 70_001, bytes.count)])
                var failure: CaptureError?
                unsafe piece.withUnsafeBytes { buffer in
                    do throws(CaptureError) {
                        try unsafe capture.push(buffer)
                    } catch {
                        failure = error
                    }
                }
                if let failure { throw failure }
            }
            try capture.finish()
        }
    }
}

/// Keeps everything.
private final class Keeper: TarObserver {
    func begins(_ member: TarMember) -> TarChoice { .keep }

    func ended(_ member: TarMember, content: [UInt8]?) {}
}
