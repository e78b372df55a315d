import Glibc
import Testing

@testable import Archiving

/// What a tar was cut into.
struct CutTar {
    var rebuilt: [UInt8] = []
    var members: [TarMember] = []
    /// The files that the members make, holes filled with zeros, by depth and name.
    var files: [String: [UInt8]] = [:]
    /// Where each member of the outermost archive ends.
    var boundaries: [Int] = [0]

    /// Cuts in pieces whose lengths `piece` gives.
    ///
    /// The files that the members make are as large as their holes: made only where asked for.
    init(_ bytes: [UInt8], making: Bool = false, piece: () -> Int) throws(ArchiveError) {
        var cutter = TarCutter()
        var position = 0
        var open: [TarMember] = []
        while position < bytes.count {
            let part = Array(bytes[position..<min(bytes.count, position + max(1, piece()))])
            var index = 0
            while let event = try cutter.next(in: part.span, at: &index) {
                switch event {
                case .header(let range), .padding(let range): rebuilt += part[range]
                case .begin(let member):
                    members.append(member)
                    open.append(member)
                    if making, member.kind != .folder {
                        files[key(member)] = [UInt8](repeating: 0, count: Int(member.sizeBytes))
                    }
                case .data(let range, let offset):
                    rebuilt += part[range]
                    guard let member = open.last else { continue }
                    files[key(member)]?.replaceSubrange(
                        Int(offset)..<(Int(offset) + range.count),
                        with: part[range]
                    )
                case .end(let member):
                    #expect(open.popLast() == member)
                    if member.depth == 0 { boundaries.append(rebuilt.count) }
                }
            }
            #expect(index == part.count)
            position += part.count
        }
        try cutter.finish()
        #expect(open.isEmpty)
        #expect(cutter.takenBytes == UInt64(bytes.count))
    }

    init(_ bytes: [UInt8], making: Bool = false) throws(ArchiveError) {
        try self.init(bytes, making: making) { 1 << 20 }
    }

    private func key(_ member: TarMember) -> String { "\(member.depth) \(member.name)" }
}

/// The recorded archives of a real server.
enum Recorded {
    static let folder = "Tests/Fixtures/qdrant/archives"
    static let names = [
        "mixed.collection.snapshot", "mixed.stream.tar", "notes-base.collection.snapshot",
        "notes-base.partial.tar", "notes-base.shard.snapshot", "notes-base.stream.tar",
        "notes-day2.partial.tar", "notes-day3.partial.tar", "notes-day4.partial.tar",
        "rocksdb-index-1.16.3.collection.snapshot", "rocksdb-payload-1.16.3.collection.snapshot",
    ]

    static func bytes(_ name: String) throws -> [UInt8] {
        let stream = unsafe try #require(unsafe fopen("\(folder)/\(name)", "r"), "run in the root")
        defer { unsafe fclose(stream) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while case let count = unsafe fread(&buffer, 1, buffer.count, stream), count > 0 {
            bytes += buffer.prefix(count)
        }
        return bytes
    }
}

@Suite struct TarCutterTests {
    @Test(arguments: Recorded.names)
    func aRecordedArchiveIsCutAndRebuilt(name: String) throws {
        let bytes = try Recorded.bytes(name)
        let whole = try CutTar(bytes)
        #expect(whole.rebuilt == bytes)
        #expect(whole.members.contains { $0.name.hasSuffix("shard_config.json") })
        #expect(whole.members.contains { $0.name.hasSuffix("version.info") })
        #expect(whole.members.contains { $0.kind == .sparse && $0.storedBytes < $0.sizeBytes })
        var random = SystemRandomNumberGenerator()
        for piece in [61, 512, 4097] {
            let again = try CutTar(bytes) { piece }
            #expect(again.members == whole.members)
            #expect(again.rebuilt == bytes)
        }
        let again = try CutTar(bytes) { Int.random(in: 1...70_000, using: &random) }
        #expect(again.members == whole.members)
    }

    /// Also with one block of zeros and a half.
    ///
    /// What has not come cannot matter: one pass stops at each of these places.
    @Test(arguments: Recorded.names)
    func aCutAtAnyMemberIsAnError(name: String) throws {
        let bytes = try Recorded.bytes(name)
        let boundaries = try CutTar(bytes).boundaries
        #expect(boundaries.count > 5)
        let ends = Set(boundaries.flatMap { [$0, $0 + 1, $0 + 512] } + [bytes.count - 1]).sorted()
        var cutter = TarCutter()
        var position = 0
        for end in ends {
            var index = 0
            let piece = Array(bytes[position..<end])
            while try cutter.next(in: piece.span, at: &index) != nil {}
            position = end
            #expect(cutter.takenBytes == UInt64(end))
            #expect(throws: ArchiveError.self, "cut at \(end)") { try cutter.finish() }
        }
    }

    /// A flip is refused, or what comes out differs by that byte: the digest of it tells.
    @Test(arguments: ["notes-base.shard.snapshot", "notes-day2.partial.tar"])
    func aFlipIsAnErrorOrShows(name: String) throws {
        var bytes = try Recorded.bytes(name)
        var refused = 0
        for position in stride(from: 3, to: bytes.count, by: 1789) {
            bytes[position] ^= 0x04
            do throws(ArchiveError) {
                #expect(try CutTar(bytes).rebuilt == bytes)
            } catch {
                refused += 1
                #expect(error.description.contains("of the tar"))
            }
            bytes[position] ^= 0x04
        }
        #expect(refused > 10)
    }

    @Test func nestedArchivesAreCut() throws {
        let whole = try CutTar(try Recorded.bytes("notes-base.collection.snapshot"), making: true)
        let stream = try CutTar(try Recorded.bytes("notes-base.stream.tar"), making: true)
        let inner = whole.members.filter { $0.depth == 1 }
        #expect(inner.count > 50)
        // The same state in both layouts: nested files are those of the stream.
        let name = "vector_storage/vectors/chunk_0.mmap"
        let nested = whole.files.first { $0.key.hasSuffix("snapshot/files/\(name)") }
        let plain = stream.files.first { $0.key.hasSuffix("files/\(name)") }
        #expect(nested != nil && nested?.value == plain?.value)
    }

    @Test func whatTarMakesIsCut() throws {
        let scratch = try Scratch()
        let long = String(repeating: "long-name-", count: 20)
        try scratch.shell(
            """
            mkdir -p tree/sub tree/\(long)/\(long)
            head -c 100000 /dev/urandom > tree/noise; : > tree/empty
            echo hello > tree/\(long)/\(long)/x
            truncate -s 40M tree/hole
            truncate -s 9000000 tree/runs
            for i in $(seq 0 70); do echo run $i | dd of=tree/runs bs=4096 seek=$((i * 31)) conv=notrunc status=none; done
            (cd tree && tar cf ../inner.tar --format=gnu noise empty sub) && mv inner.tar tree/inner.tar
            echo 'no tar at all, but long enough for a block of it' | head -c 512 > tree/false.tar
            truncate -s 1024 tree/false.tar
            tar cf whole.tar --format=gnu --sparse tree
            """
        )
        let file = try scratch.reopen("whole.tar")
        let bytes = try file.bytes()
        let cut = try CutTar(bytes, making: true) { 10_007 }
        #expect(cut.rebuilt == bytes)
        let names = cut.members.filter { $0.depth == 0 }.map(\.name).joined(separator: "\n") + "\n"
        #expect(try scratch.shell("tar tf whole.tar") == names)
        #expect(cut.members.contains { $0.depth == 1 && $0.name == "sub/" && $0.kind == .folder })
        for (key, content) in cut.files where key.hasPrefix("0 ") && !key.hasSuffix(".tar") {
            let name = key.dropFirst(2)
            #expect(try scratch.reopen(String(name)).bytes() == content, "\(name)")
        }
        #expect(cut.members.first { $0.name == "tree/hole" }?.storedBytes == 0)
        #expect((cut.members.first { $0.name == "tree/runs" }?.segments.count ?? 0) > 60)
    }

    @Test(arguments: [
        ("ln -s target link", "type \"2\""), ("mkfifo pipe", "type \"6\""),
    ])
    func otherMembersAreRefused(making: String, message: String) throws {
        let scratch = try Scratch()
        try scratch.shell("mkdir t && cd t && \(making) && cd .. && tar cf t.tar --format=gnu t")
        let bytes = try scratch.reopen("t.tar").bytes()
        let error = #expect(throws: ArchiveError.self) { try CutTar(bytes) }
        #expect(error?.code == .refused)
        #expect(error?.message.contains(message) == true)
    }

    @Test func levelsBeyondTheFourthStayData() throws {
        let scratch = try Scratch()
        try scratch.shell(
            "echo x > f && tar cf 1.tar f && for i in 1 2 3 4 5; do tar cf $((i + 1)).tar $i.tar; done"
        )
        let bytes = try scratch.reopen("6.tar").bytes()
        let cut = try CutTar(bytes)
        #expect(cut.rebuilt == bytes)
        #expect(cut.members.map(\.depth).max() == TarCutter.depthLimit - 1)
    }
}
