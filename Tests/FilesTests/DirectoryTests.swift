import Glibc
import Support
import Testing

@testable import Files

@Suite struct DirectoryTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private static let oddNames: [[UInt8]] = [
        Array("new\nline".utf8), [0xFF, 0xFE], Array("-rf".utf8), Array(" ".utf8), [0x01],
        [UInt8](repeating: 0x6C, count: 255), Array("*".utf8), Array("...".utf8),
    ]

    @Test func namesAreBytesInTheirOrder() throws {
        for name in Self.oddNames { try scratch.write(Path(bytes: name)) }
        let expected = Self.oddNames.sorted { $0.lexicographicallyPrecedes($1) }
        #expect(try scratch.folder().names().map(\.bytes) == expected)
    }

    @Test func aFolderIsPrivateAndItsNameIsFree() throws {
        let folder = try scratch.folder()
        try folder.makeFolder(Path("inner"))
        #expect(try folder.status(Path("inner")).mode == 0o700)
        let error = #expect(throws: FileError.self) { try folder.makeFolder(Path("inner")) }
        #expect(error?.code == .exists)
    }

    @Test func nobodyIsLedOutOfAFolder() throws {
        let folder = try scratch.folder()
        try folder.makeFolder(Path("inner"))
        try folder.makeLink(Path("within"), to: Path("inner"))
        try folder.makeLink(Path("outside"), to: Path("/etc"))
        _ = try folder.folder(Path("inner/../inner"))
        for path in ["within", "outside", "..", "inner/../..", "/etc", "inner/../within"] {
            #expect(throws: FileError.self, "\(path)") { _ = try folder.folder(Path(path)) }
        }
    }

    @Test func aRenameNeverReplaces() throws {
        let folder = try scratch.folder()
        try scratch.write(Path("one"), [1])
        try scratch.write(Path("two"), [2])
        let error = #expect(throws: FileError.self) {
            try folder.rename(Path("one"), to: folder, Path("two"))
        }
        #expect(error?.code == .exists)
        #expect(try folder.open(Path("two"), .read).readAll() == [2])
        try folder.rename(Path("one"), to: folder, Path("three"))
        #expect(try folder.names() == [Path("three"), Path("two")])
        try folder.replace(Path("two"), with: Path("three"))
        #expect(try folder.open(Path("two"), .read).readAll() == [1])
    }

    @Test func withoutSuchARenameTheSameHolds() throws {
        let folder = try scratch.folder()
        for name in ["file", "taken"] { try scratch.write(Path(name), Array(name.utf8)) }
        for name in ["folder", "folder/inner", "full"] {
            try Directory(scratch.path.appending(name).parent)
                .makeFolder(Path(name).lastComponent)
        }
        try scratch.write(Path("full/something"))
        for name in ["file", "folder"] {
            for taken in ["taken", "full"] {
                let error = #expect(throws: FileError.self) {
                    try folder.renameInTwoSteps(Path(name), to: folder, Path(taken))
                }
                #expect(error?.code == .exists)
            }
            try folder.renameInTwoSteps(Path(name), to: folder, Path("new-" + name))
        }
        #expect(
            try folder.names()
                == ["full", "new-file", "new-folder", "taken"].map { Path($0) }
        )
        #expect(try folder.open(Path("new-file"), .read).readAll() == Array("file".utf8))
        #expect(try folder.folder(Path("new-folder")).names() == [Path("inner")])
    }

    @Test func aTreeOfFurtherNamesIsTheSameFiles() throws {
        let folder = try scratch.folder()
        for name in ["tree", "tree/inner"] {
            try Directory(scratch.path.appending(name).parent)
                .makeFolder(Path(name).lastComponent, mode: 0o751)
        }
        try scratch.write(Path("tree/inner/file"), [1, 2, 3])
        let inner = try folder.folder(Path("tree/inner"))
        try inner.makeLink(Path("link"), to: Path("gone"))
        #expect(unsafe mkfifo(inner.path.appending("pipe").description, 0o600) == 0)
        try inner.asFile().setModified(nanoseconds: 1_234_567_890_123_456_789)
        try folder.linkTree(Path("tree"), into: folder, as: Path("copy"))
        for name in ["file", "link", "pipe"] {
            let path = "inner/\(name)"
            #expect(
                try folder.status(Path("copy/" + path)).inode
                    == folder.status(Path("tree/" + path)).inode
            )
        }
        let (made, original) = (
            try folder.status(Path("copy/inner")), try folder.status(Path("tree/inner"))
        )
        #expect(made.inode != original.inode && made.mode == 0o751)
        #expect(made.modifiedNanoseconds == original.modifiedNanoseconds)
        let error = #expect(throws: FileError.self) {
            try folder.linkTree(Path("tree"), into: folder, as: Path("copy"))
        }
        #expect(error?.code == .exists)
    }

    @Test func linksKeepTheirTargetAsItIs() throws {
        let folder = try scratch.folder()
        for (number, target) in [[0xFF, 0x0A], Array("../../..".utf8), Array("gone".utf8)]
            .enumerated()
        {
            let name = Path("link-\(number)")
            try folder.makeLink(name, to: Path(bytes: target))
            #expect(try folder.linkTarget(name).bytes == target)
            #expect(try folder.status(name).kind == .link)
            try folder.setModified(name, nanoseconds: 1_234_567_890_123_456_789)
            #expect(try folder.status(name).modifiedNanoseconds == 1_234_567_890_123_456_789)
        }
    }

    @Test func aFurtherNameIsTheSameFile() throws {
        let folder = try scratch.folder()
        try scratch.write(Path("first"), [1])
        try folder.link(from: folder, Path("first"), as: Path("second"))
        let (first, second) = (try folder.status(Path("first")), try folder.status(Path("second")))
        #expect(first.inode == second.inode && second.linkCount == 2)
    }

    @Test func aTreeIsRemovedAndNothingBeyondIt() throws {
        let folder = try scratch.folder()
        try folder.makeFolder(Path("kept"))
        try folder.folder(Path("kept")).open(Path("file"), .create).append([1])
        try folder.makeFolder(Path("tree"))
        let tree = try folder.folder(Path("tree"))
        try tree.makeFolder(Path("inner"))
        try tree.folder(Path("inner")).open(Path("file"), .create).append([1])
        try tree.makeLink(Path("beyond"), to: scratch.path.appending("kept"))
        let error = #expect(throws: FileError.self) { try folder.remove(Path("tree")) }
        #expect(error?.code == .exists)
        try folder.removeTree(Path("tree"))
        #expect(try folder.names() == [Path("kept")])
        #expect(try folder.folder(Path("kept")).names() == [Path("file")])
    }

    @Test func aFileIsNoFolder() throws {
        let path = try scratch.write(Path("file"))
        let error = #expect(throws: FileError.self) { _ = try Directory(path) }
        #expect(error?.code == .kind)
    }

    @Test func theRoomIsThatOfTheFileSystem() throws {
        let room = try scratch.folder().asFile().room()
        #expect(room.availableBytes <= room.totalBytes && room.totalBytes > 1 << 20)
    }
}

/// Makes a named pipe.
func makePipe(_ path: Path) -> Bool {
    unsafe mkfifo(path.description, 0o600) == 0
}
