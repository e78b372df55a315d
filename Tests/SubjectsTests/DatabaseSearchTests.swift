import Files
import Manifests
import Processes
import Support
import Testing

@testable import Subjects

struct DatabaseSearchTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        let path = scratch.path.appending("a.db").description
        let made = try Command(
            ["sh", "-c", "sqlite3 '\(path)' 'CREATE TABLE t (x)' && printf tail >>'\(path)'"],
            environment: Environment(["PATH": "/usr/local/bin:/usr/bin:/bin"])
        ).run()
        try #require(made.succeeded)
    }

    private func candidates(_ parent: FileEntry?) throws -> [Path] {
        let source = FileTreeSource(name: "data", path: scratch.path.description)
        let found = try DatabaseSearch.run(source, try source.resolve()) { _ in parent }
        return found.candidates.map(\.path)
    }

    /// A writer that died while it made the file longer leaves part of a page behind.
    @Test func aDatabaseStaysOneWithPartOfAPageAtItsEnd() throws {
        let status = try FileStatus(of: scratch.path.appending("a.db"))
        var entry = FileEntry(path: Path("a.db"), kind: .file, status: status)
        entry.database = Array("{}".utf8)
        #expect(try candidates(entry) == [Path("a.db")])
    }

    /// The capture of files says that it is lost.
    @Test func aDatabaseWithoutAByteIsNoneAnyMore() throws {
        let path = scratch.path.appending("a.db")
        var entry = FileEntry(path: Path("a.db"), kind: .file, status: try FileStatus(of: path))
        entry.database = Array("{}".utf8)
        let emptied = try Command(
            ["truncate", "-s", "0", path.description],
            environment: Environment(["PATH": "/usr/local/bin:/usr/bin:/bin"])
        ).run()
        try #require(emptied.succeeded)
        #expect(try candidates(entry) == [])
    }
}
