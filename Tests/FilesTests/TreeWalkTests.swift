import Files
import Support
import Testing

@Suite struct TreeWalkTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        for folder in ["a", "a/b", "a/b/c", "a-b", "a.b", "z"] { try make(folder: folder) }
        for file in ["a/b/c/deep", "a/b-", "a/b.", "a-b/x", "a.b/x", "top", "z/\u{1}"] {
            try make(file: file)
        }
        try scratch.folder().makeLink(Path("loop"), to: Path("."))
    }

    private func make(folder: String) throws {
        let path = scratch.path.appending(folder)
        try Directory(path.parent).makeFolder(path.lastComponent)
    }

    private func make(file: String) throws {
        let path = scratch.path.appending(file)
        _ = try Directory(path.parent).open(path.lastComponent, .create)
    }

    private func walk(_ step: (Path) -> TreeWalk.Step) throws -> (met: [Path], failures: [Path]) {
        var met: [Path] = []
        var failures: [Path] = []
        try TreeWalk.run(scratch.folder()) { (item, _) throws(FileError) in
            met.append(item.path)
            return step(item.path)
        } onFailure: { (failure) throws(FileError) in
            failures.append(failure.path)
        }
        return (met, failures)
    }

    @Test func everythingIsMetInTheOrderOfPaths() throws {
        let (met, failures) = try walk { _ in .descend }
        #expect(met == met.sorted())
        #expect(Set(met).count == met.count)
        #expect(met.count == 15, "the root, 6 folders, 7 files, 1 link")
        #expect(met.first == Path("") && failures.isEmpty)
    }

    /// A tree may be deeper than any path is long, and each level takes its part of the stack.
    @Test func aTreeIsWalkedAsDeepAsPathsReach() throws {
        let name = Path(bytes: [UInt8](repeating: 0x78, count: 200))
        try make(name, levels: 30, in: try scratch.folder())
        defer { try? scratch.folder().removeTree(name) }
        let lengths = try walk { _ in .descend }.met.map(\.bytes.count)
        #expect(lengths.max() == 21 * 201 - 1, "the first that is too long is met, and not entered")
    }

    private func make(_ name: Path, levels: Int, in folder: borrowing Directory) throws {
        guard levels > 0 else { return }
        try folder.makeFolder(name)
        try make(name, levels: levels - 1, in: try folder.folder(name))
    }

    @Test func aSkippedFolderIsMetAndNotEntered() throws {
        let met = try walk { $0 == Path("a/b") ? .skip : .descend }.met
        #expect(met.contains(Path("a/b")) && met.contains(Path("a/b-")))
        #expect(!met.contains(Path("a/b/c")))
    }

    @Test func whatVanishesIsNamedAndTheWalkGoesOn() throws {
        let folder = try scratch.folder()
        let (met, failures) = try walk { path in
            // Listed by now, and gone before their turn: a file, and a folder with its content.
            if path == Path("a") { try? folder.removeTree(Path("a-b")) }
            if path == Path("a.b") { try? folder.removeTree(Path("top")) }
            return .descend
        }
        #expect(failures == [Path("a-b"), Path("top")])
        #expect(met.last == Path("z/\u{1}"))
    }

    @Test func aFolderReplacedByALinkIsNotEntered() throws {
        let folder = try scratch.folder()
        let (met, failures) = try walk { path in
            if path == Path("z") {
                try? folder.removeTree(Path("z"))
                try? folder.makeLink(Path("z"), to: Path("/etc"))
            }
            return .descend
        }
        #expect(failures == [Path("z")])
        #expect(met.last == Path("z"))
    }

    @Test func anErrorOfTheVisitorEndsTheWalk() throws {
        var count = 0
        #expect(throws: FileError.self) {
            try TreeWalk.run(scratch.folder()) { (_, _) throws(FileError) in
                count += 1
                if count == 3 { throw FileError(code: .other, message: "enough") }
                return .descend
            } onFailure: { (_) throws(FileError) in
            }
        }
        #expect(count == 3)
    }
}
