import Cryptography
import Files
import Manifests
import Processes
import Support
import Testing

@Suite struct ChecksumLineTests {
    private func run(_ arguments: [String], in folder: Path, input: [UInt8]? = nil) throws
        -> CommandResult
    {
        var command = Command(
            arguments,
            environment: Environment(["PATH": "/usr/bin:/bin", "LC_ALL": "C"])
        )
        command.folder = folder.bytes
        command.input = input
        return try command.run()
    }

    /// Names that can be made in one folder, and that coreutils do not take for standard input.
    private var names: [[UInt8]] {
        oddNames.filter { !$0.contains(.slash) && $0 != Array("-".utf8) }
    }

    @Test func coreutilsCheckWhatWeWrite() throws {
        let scratch = try Scratch()
        var list: [UInt8] = []
        for name in names {
            try scratch.write(Path(bytes: name), name)
            list += ChecksumLine(digest: SHA256.digest(of: name), path: Path(bytes: name)).bytes
        }
        let good = try run(
            ["sha256sum", "--check", "--strict", "--quiet"],
            in: scratch.path,
            input: list
        )
        #expect(good.succeeded, "\(good.errors.text)")
        try scratch.write(Path(bytes: names[1]), [1])
        let bad = try run(["sha256sum", "--check", "--status"], in: scratch.path, input: list)
        #expect(bad.end == .exited(status: 1))
    }

    @Test func weWriteWhatCoreutilsWrite() throws {
        let scratch = try Scratch()
        for name in names { try scratch.write(Path(bytes: name), name) }
        var command = Command(
            ["sh", "-c", "sha256sum -- * .hidden ..."],
            environment: Environment(["PATH": "/usr/bin:/bin", "LC_ALL": "C"])
        )
        command.folder = scratch.path.bytes
        command.output = .captured(byteCountMax: 1 << 17)
        let theirs = try command.run().output.head
        let parsed = try ChecksumLine.parse(theirs)
        #expect(Set(parsed.map(\.path.bytes)) == Set(names))
        #expect(parsed.flatMap(\.bytes) == theirs)
        for line in parsed { #expect(line.digest == SHA256.digest(of: line.path.bytes)) }
    }

    @Test(arguments: oddNames)
    func everyNameSurvives(name: [UInt8]) throws {
        let line = ChecksumLine(digest: SHA256.digest(of: name), path: Path(bytes: name))
        #expect(try ChecksumLine.parse(line.bytes) == [line])
    }

    @Test func binaryModeIsReadToo() throws {
        let hex = SHA256.digest(of: []).hex
        let found = try ChecksumLine.parse(Array("\(hex) *a b\n\(hex)  c".utf8))
        #expect(found.map(\.path) == [Path("a b"), Path("c")])
    }

    @Test(arguments: [
        "HEX", "HEX  ", "HE  a", "hex", "HEX a", "\\HEX  a\\b", "\\HEX  a\\", "HEX  a\0b",
        "HEXX  a",
        "HEX\t\ta", "SHA256 (a) = HEX",
    ])
    func anythingElseIsRefusedWithItsLine(text: String) {
        let hex = SHA256.digest(of: []).hex
        let list = "\(hex)  good\n" + text.replacing("HEX", with: hex) + "\n"
        let error = #expect(throws: ManifestError.self) { try ChecksumLine.parse(Array(list.utf8)) }
        #expect(error?.message.contains("line 2") == true)
    }
}
