import Files
import Glibc
import Support
import Testing

@testable import Recovery

@Suite struct SwapStepTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch(isInMemory: true) }

    private func target(_ extent: RestoreTarget.Extent) -> RestoreTarget {
        RestoreTarget(
            name: "data",
            folder: scratch.path.appending("live"),
            extent: extent,
            isAppendOnly: false,
            isKept: { _ in false }
        )
    }

    /// All files below the scratch folder with what they hold.
    private func content() throws -> [String: String] {
        var found: [String: String] = [:]
        try TreeWalk.run(try scratch.folder()) { (item, folder) throws(FileError) in
            guard item.status.kind == .file else { return .descend }
            let bytes = try folder.open(item.name, .read).readAll()
            found[item.path.description] = String(decoding: bytes, as: UTF8.self)
            return .descend
        } onFailure: { (failure) throws(FileError) in
            throw failure.cause
        }
        return found
    }

    /// A process of its own is killed before each step; what its journal tells is taken back.
    @Test(arguments: [0, 1, 2])
    func aKilledSwapIsTakenBackByItsJournal(_ kind: Int) async throws {
        for limit in 0..<12 {
            let live = try scratch.freshFolder(Path("live"))
            let staged = try scratch.freshFolder(Path("staged"))
            for name in ["a", "b"] {
                try Directory(live).open(Path(name), .create).append(Array("old \(name)".utf8))
                try Directory(staged).open(Path(name), .create).append(Array("new \(name)".utf8))
            }
            let before = try content()
            let place = scratch.path.description
            let result = await #expect(processExitsWith: .failure) {
                [place = place as String, kind = kind as Int, limit = limit as Int] in
                try killedSwap(in: Path(place), kind, limit)
            }
            let lines = try scratch.folder().readNote(Path("journal")) ?? []
            try? scratch.folder().remove(Path("journal"))
            let steps = try lines.split(separator: 0x0A).map { line in
                let fields = String(decoding: line, as: UTF8.self).split(separator: "\t")
                let pairs = fields.map { $0.split(separator: "=", maxSplits: 1) }
                let detail = pairs.map { (String($0[0]), String($0[1])) }
                return try #require(SwapStep(Dictionary(uniqueKeysWithValues: detail)))
            }
            // Each twice, as by a run that is killed before it can note it.
            for step in steps.reversed() { for _ in 0..<2 { try step.undo() } }
            #expect(try content() == before)
            try? scratch.folder().removeTree(Path(".recover-prev-one-data"))
            if result?.exitStatus == .exitCode(1) {
                #expect(limit > 0)
                return
            }
        }
        Issue.record("the swap never came to its end")
    }

    @Test func aStepThatLostItsEntryIsAnError() throws {
        try scratch.write(Path("a"))
        let step = try SwapStep(
            .moved,
            from: scratch.path.appending("a"),
            to: scratch.path.appending("b")
        )
        try scratch.folder().remove(Path("a"))
        #expect(throws: FileError.self) { try step.undo() }
    }

    @Test(arguments: [SwapStep.Kind.moved, .exchanged])
    func aStepThatIsOnlyMeantIsNotDone(_ kind: SwapStep.Kind) throws {
        try scratch.write(Path("a"), [1])
        if kind == .exchanged { try scratch.write(Path("b"), [2]) }
        let step = try SwapStep(
            kind,
            from: scratch.path.appending("a"),
            to: scratch.path.appending("b")
        )
        #expect(!step.isDone)
        let folder = try scratch.folder()
        if kind == .exchanged {
            try folder.exchange(Path("a"), with: folder, Path("b"))
        } else {
            try folder.rename(Path("a"), to: folder, Path("b"))
        }
        #expect(step.isDone)
        try step.undo()
        #expect(!step.isDone)
    }

    @Test func aLineOfAnotherKindIsNoStep() {
        #expect(SwapStep(["component": "memory"]) == nil)
    }
}

/// Swaps until so many steps were begun, and is killed; ends with 1 where it comes to its end.
private func killedSwap(in place: Path, _ kind: Int, _ limit: Int) throws {
    let extents: [RestoreTarget.Extent] = [.folder, .files, .children]
    let target = RestoreTarget(
        name: "data",
        folder: place.appending("live"),
        extent: extents[kind],
        isAppendOnly: false,
        isKept: { _ in false }
    )
    let swap = Swap(target, staged: place.appending("staged"), operation: "one")
    var count = 0
    swap.onStep = { (step) throws(FileError) in
        let line = (step.detail ?? [:]).map { "\($0.key)=\($0.value)" }.joined(separator: "\t")
        try Directory(place).open(Path("journal"), .append).append(Array((line + "\n").utf8))
        count += 1
        if count > limit { kill(getpid(), SIGKILL) }
    }
    try swap.run()
    exit(1)
}
