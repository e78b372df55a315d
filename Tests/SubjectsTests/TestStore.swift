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
        let draft = try SnapshotDraft(
            in: open(),
            .init(
                stack: "test",
                host: "here",
                tool: "tests",
                reason: "manual",
                tag: nil,
                note: nil,
                isPartial: false,
                configuration: Array("version: 1\n".utf8)
            ),
            processID: 1
        )
        let tree = draft.tree(for: name, rereading: false, onRead: { _ in })
        do {
            try body(TreeSink(tree, isCancelled: { false }))
        } catch {
            draft.abandon()
            throw error
        }
        let totals = try tree.finish()
        var component = Snapshot.Component(
            outcome: "captured",
            source: "http://localhost:6333",
            startedAt: Moment.now
        )
        component.complete = true
        component.files = totals.files
        component.folders = totals.folders
        component.sizeBytes = totals.sizeBytes
        component.parts = totals.parts
        component.digest = totals.digest
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
            var bytes = [UInt8](repeating: 0, count: Int(entry.sizeBytes))
            try reader.announce(entry)
            try unsafe reader.read(entry) { (piece, position) throws(FileError) in
                let range = Int(position)..<(Int(position) + piece.count)
                unsafe bytes.replaceSubrange(range, with: piece)
            }
            files[entry.path.description] = bytes
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
