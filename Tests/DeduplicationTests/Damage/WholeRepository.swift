import Cryptography
import Files
import FoundationEssentials
import Manifests
import Support
import Testing
import Threads

@testable import Deduplication

/// A small repository with every kind of file, in memory, and what a restore of it must give.
struct WholeRepository {
    /// Every object by name.
    let objects: [String: [UInt8]]
    /// The objects as they were when there was one snapshot less, and two less.
    let earlier: [[String: [UInt8]]]
    /// The snapshots that must come back, oldest first.
    let snapshots: [Snapshot]
    /// What each holds, by snapshot, component and path.
    let content: [SnapshotID: [String: [String: Digest]]]

    /// The files as they are now, by component and path.
    static let live = newest.mapValues { files in
        files.mapValues { content in
            switch content {
            case .file(let bytes), .pages(let bytes): bytes
            case .hole(let count, let bytes): [UInt8](repeating: 0, count: count) + bytes
            case .sameAs: Array("three".utf8)
            }
        }
    }

    /// What the last backup meets.
    private static let newest: [String: [String: TestRepository.Content]] = {
        var newest = stack(7, "three")
        newest["memory"]?["late"] = .file(noise(500, seed: 9))
        return newest
    }()

    /// A name that was taken from a dead run: no snapshot.
    static let revoked = "20260101T000001Z-0000"

    private static let made = Result {
        try WholeRepository(ProcessInfo.processInfo.environment["TORTURE_STATE"])
    }

    /// The same for all tests: only read.
    static func shared() throws -> WholeRepository { try made.get() }

    /// Takes the one that a folder keeps, so that a run that goes on meets the same bytes; makes
    /// and keeps it where there is none.
    private init(_ folder: String?) throws {
        let file = folder.map { URL(filePath: $0).appending(path: "whole.json") }
        let states: [[String: [UInt8]]]
        if let file, let kept = try? Data(contentsOf: file) {
            states = try JSONDecoder().decode([[String: Data]].self, from: kept)
                .map { $0.mapValues { Array($0) } }
        } else {
            states = try Self.make()
            let kept = try JSONEncoder().encode(states.map { $0.mapValues { Data($0) } })
            if let file { try kept.write(to: file, options: .atomic) }
        }
        objects = try #require(states.last)
        earlier = states.dropLast()
        let repository = try Repository(MemoryStore(objects))
        snapshots = try repository.snapshots()
        try #require(snapshots.count == 2 && earlier.count == 2)
        var content: [SnapshotID: [String: [String: Digest]]] = [:]
        for snapshot in snapshots {
            for (name, component) in snapshot.components where component.outcome == "captured" {
                let reader = repository.contentReader()
                let restored = try Restored(component, name, repository, reader)
                #expect(restored.failed == [:])
                content[snapshot.id, default: [:]][name] = restored.files
            }
        }
        self.content = content
    }

    /// A forgotten snapshot, the next of its chain, and an incomplete one at the end.
    private static func make() throws -> [[String: [UInt8]]] {
        let test = try TestRepository()
        let first = try test.backup(stack(5, "one"))
        var states = [try load(test)]
        let second = try test.backup(stack(6, "two"))
        try test.scratch.shell(
            "cd repo && mkdir -p forgotten && printf '{\"snapshot\":%s,\"why\":\"old\"}' "
                + "\"$(cat \(first.id.objectName))\" > forgotten/\(first.id).json "
                + "&& rm \(first.id.objectName)"
        )
        states.append(try load(test))
        let draft = try test.draft(try test.open())
        var memory = try test.capture(newest["memory"] ?? [:], "memory", draft).component
        memory.complete = false
        memory.problems = [.init(code: "unreadable", path: "gone", message: "it was \u{FFFD}")]
        memory.problemCount = 1
        let failed = Snapshot.Component(
            outcome: "failed",
            source: "/source/models",
            startedAt: Moment.now
        )
        let third = try draft.publish(["memory": memory, "models": failed])
        #expect(!third.complete)
        for level in CheckLevel.allCases {
            let report = try test.check(level)
            #expect(report.damage == [])
            #expect(report.notes == [])
            if level == .deep { try test.open().record(report, operation: "verify") }
        }
        let other = String(repeating: "ab", count: 32)
        let pin = Fact(subject: second.id.text, detail: "kept", operation: "tests")
        try test.open().state(.pin, pin)
        let mark = Fact(subject: other, detail: "it is gone", operation: "tests")
        try test.open().state(.damage, mark)
        try test.scratch.shell(
            "cd repo && mkdir -p sessions && printf unfinished > tmp/left && printf x > reserve "
                + "&& printf '{\"host\":\"here\",\"id\":\"20260101T000000Z-0000\",\"pid\":1}' "
                + "> sessions/20260101T000000Z-0000.json && printf 'read me' > README.txt "
                + "&& printf 'exit 1' > restore.sh && printf '{\"revoked\":true}' "
                + "> snapshots/\(revoked).json"
        )
        states.append(try load(test))
        let ids = try test.open().snapshots().map(\.id)
        #expect(ids == [second.id, third.id])
        return states
    }

    /// As little of each sort as there can be: every byte of it is flipped.
    private static func stack(
        _ pageCount: UInt64,
        _ word: String
    ) -> [String: [String: TestRepository.Content]] {
        let pages = (1...pageCount).flatMap { page in
            noise(160, seed: page) + [UInt8](repeating: 0, count: 4096 - 160)
        }
        return [
            "memory": [
                "db": .pages(pages), "notes/a": .file(prose(900, seed: 2)),
                "notes/b": .file(Array(word.utf8)), "notes/c": .sameAs("notes-b"),
                "sparse": .hole(20_000, noise(300, seed: 8)),
            ],
            "models": ["big": .file(noise(1200, seed: 1)), "text": .file(prose(9000, seed: 1))],
        ]
    }

    private static func load(_ test: TestRepository) throws -> [String: [UInt8]] {
        var objects: [String: [UInt8]] = [:]
        let found = try test.scratch.shell("cd repo && find . -type f | cut -c3-")
        for name in found.split(separator: "\n") {
            objects[String(name)] = try test.scratch.read("repo/\(name)")
        }
        return objects
    }
}

/// What a restore of one component gives.
struct Restored {
    /// A digest over the entry and its content, by path.
    private(set) var files: [String: Digest] = [:]
    /// What was not given, with the reason; `""` where it is the component.
    private(set) var failed: [String: String] = [:]

    init(
        _ component: Snapshot.Component,
        _ name: String,
        _ repository: Repository,
        _ reader: ContentReader
    ) throws {
        var tree = try repository.tree(component, name: name)
        while true {
            let entry: FileEntry
            do throws(RepositoryError) {
                guard let next = try tree.next() else { break }
                entry = next
            } catch {
                failed[""] = error.message
                break
            }
            var hasher = SHA256()
            var line = LineWriter()
            line.write(entry)
            unsafe hasher.update(line.bytes.span.bytes)
            if entry.kind == .file {
                var position: UInt64 = 0
                do throws(RepositoryError) {
                    try reader.announce(entry)
                    try unsafe reader.read(entry) { (bytes, start) throws(FileError) in
                        precondition(start >= position)
                        position = start
                        let text = Array("\(start)\n".utf8)
                        unsafe hasher.update(text.span.bytes)
                        unsafe hasher.update(RawSpan(_unsafeBytes: bytes))
                    }
                } catch {
                    failed[entry.path.description] = error.message
                    _ = hasher.finish()
                    continue
                }
            }
            files[entry.path.description] = hasher.finish()
        }
    }
}
