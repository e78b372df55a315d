import Files
import Support
import Testing

@testable import Operations

@Suite struct OperationJournalTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test func anOperationIsUnfinishedUntilItsEnd() throws {
        let state = scratch.path
        #expect(try OperationJournal.unfinished(in: state).isEmpty)
        let journal = try OperationJournal.begin(in: state, operation: "one", kind: "restore")
        try journal.write("swap", .intent, ["component": "memory"])
        let found = try OperationJournal.unfinished(in: state)
        #expect(found.map(\.operation) == ["one"])
        #expect(found.first?.kind == "restore")
        #expect(found.first?.entries == journal.entries)
        #expect(found.first?.detail(of: "swap", .intent) == ["component": "memory"])
        try found.first?.write("restore", .end)
        #expect(try OperationJournal.unfinished(in: state).isEmpty)
    }

    @Test func aNameIsTakenOnce() throws {
        _ = try OperationJournal.begin(in: scratch.path, operation: "one", kind: "restore")
        #expect(throws: FileError.self) {
            _ = try OperationJournal.begin(in: scratch.path, operation: "one", kind: "restore")
        }
    }

    @Test func anOperationThatDiedBeforeItsFirstLineDidNothing() throws {
        try scratch.folder().makeFolder(Path("operations"))
        try Directory(scratch.path.appending("operations")).makeFolder(Path("one"))
        #expect(try OperationJournal.unfinished(in: scratch.path).isEmpty)
        #expect(try OperationJournal.open(in: scratch.path, operation: "one") == nil)
    }
}
