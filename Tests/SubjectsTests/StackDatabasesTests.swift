import Files
import Processes
import Support
import Testing
import Threads

@testable import Subjects

/// Databases that change their place between the look at a component and its walk.
struct StackDatabasesTests {
    private let scratch: Scratch
    private let root: Path

    init() throws {
        scratch = try Scratch()
        root = scratch.path.appending("root")
        try scratch.folder().makeFolder(Path("root"))
        try Directory(root).makeFolder(Path("inner"))
        try scratch.folder().makeFolder(Path("outside"))
        try scratch.folder().makeFolder(Path("copies"))
        for folder in ["root/inner", "outside"] {
            let path = scratch.path.appending("\(folder)/a.db").description
            let made = try Command(
                ["sqlite3", path, "CREATE TABLE t (x); INSERT INTO t VALUES ('\(folder)')"],
                environment: Environment(["PATH": "/usr/local/bin:/usr/bin:/bin"])
            ).run()
            try #require(made.succeeded)
        }
    }

    private func search() throws -> [DatabaseSearch.Candidate] {
        let source = FileTreeSource(name: "data", path: root.description)
        return try DatabaseSearch.run(source, try source.resolve()) { _ in nil }.candidates
    }

    private func pin(_ candidates: [DatabaseSearch.Candidate]) -> StackDatabases {
        StackDatabases(
            [(name: "data", root: root, candidates: candidates)],
            scratch: scratch.path.appending("copies"),
            rereading: false,
            cancellation: Cancellation()
        )
    }

    private func isCopy(_ outcome: DatabaseOutcome?) -> Bool {
        if case .copy = outcome { true } else { false }
    }

    @Test func aFolderThatBecameALinkLeadsNowhere() throws {
        let candidates = try search()
        let status = try FileStatus(of: root.appending("inner/a.db"))
        #expect(candidates.map(\.path) == [Path("inner/a.db")])
        try Directory(root).rename(Path("inner"), to: try scratch.folder(), Path("aside"))
        try Directory(root).makeLink(Path("inner"), to: Path("../outside"))
        let databases = pin(candidates)
        defer { databases.finish() }
        let outcome = databases.lookup("data", root: root).outcome(at: Path("inner/a.db"), status)
        guard case .failed(let code, _) = outcome else {
            Issue.record("what lies outside was captured: \(String(describing: outcome))")
            return
        }
        #expect(code == "database-replaced")
    }

    /// Its log comes next in the walk, and must not be taken for a file.
    @Test func aDatabaseThatCameLateIsRemembered() throws {
        let databases = pin([])
        defer { databases.finish() }
        let lookup = databases.lookup("data", root: root)
        let status = try FileStatus(of: root.appending("inner/a.db"))
        #expect(lookup.outcome(at: Path("inner/a.db"), status) == nil)
        #expect(isCopy(lookup.late(at: Path("inner/a.db"))))
        #expect(isCopy(lookup.outcome(at: Path("inner/a.db"), status)))
    }

    /// Closing it under its new name would drop the locks under which it is being copied.
    @Test func aPinnedDatabaseUnderANewNameIsLeftAloneUntilItIsCopied() throws {
        let databases = pin(try search())
        defer { databases.finish() }
        let inner = try Directory(root.appending("inner"))
        try inner.rename(Path("a.db"), to: inner, Path("b.db"))
        let status = try inner.status(Path("b.db"))
        #expect(databases.lookup("data", root: root).outcome(at: Path("inner/b.db"), status) == nil)
        let copies = try Directory(scratch.path.appending("copies")).names()
        #expect(copies == [Path("0.db")])
    }
}
