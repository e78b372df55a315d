import Cryptography
import Files
import Glibc
import Manifests
import Testing

@testable import Deduplication

/// Files are read in the order they were announced, whatever is damaged among them.
struct ContentReaderTests {
    /// Small caches, so that every file waits for buffers: threads, small and large buffers.
    static let caches = [(1, 1, 1), (2, 2, 1), (3, 24, 2), (2, 24, 12)]

    private let test: TestRepository
    private let repository: Repository
    /// The chunks that are there, with their bytes.
    private let chunks: [(id: Digest, bytes: [UInt8])]
    private let broken: Digest
    private let status: FileStatus
    private let unknown = SHA256.digest(of: [1, 2, 3])

    init() throws {
        test = try TestRepository()
        status = try OpenFile(Path("/dev/null"), .read).status()
        let sizes = [900, 5000, 64_000, 128_000, (1 << 20) + 1, 1_100_032, 1_200_000]
        let contents = sizes.enumerated().map { noise($1, seed: UInt64($0 + 50)) }
        let repository = try test.open()
        let writer = ChunkWriter(
            store: repository.store,
            index: repository.index,
            packBytes: [.data: 32 << 20]
        )
        var ids: [Digest] = []
        for bytes in contents { ids += try writer.resolve(try writer.submit(bytes, kind: .data)) }
        try writer.finish()
        chunks = Array(zip(ids, contents).map { (id: $0, bytes: $1) }.dropLast())
        broken = try #require(ids.last)
        let place = try #require(repository.index.locations(of: broken).first)
        try test.scratch.flip("repo/" + place.object, at: place.offset + 9)
        self.repository = try test.open()
    }

    private func reader(_ cache: (Int, Int, Int)) -> ContentReader {
        ContentReader(
            repository,
            cache: ChunkCache(
                repository,
                threadCount: cache.0,
                smallCount: cache.1,
                largeCount: cache.2
            )
        )
    }

    private func entry(_ number: Int, _ extents: [Extent], _ content: [UInt8]) -> FileEntry {
        var entry = FileEntry(path: Path("file \(number)"), kind: .file, status: status)
        entry.sizeBytes = extents.totalLength
        entry.digest = SHA256.digest(of: content)
        entry.extents = .inline(extents)
        return entry
    }

    /// A file of random pieces; nil where it holds a piece that cannot be read.
    private func file(
        _ number: Int,
        pieces: Int,
        badOneIn odds: Int,
        run: Int = 1,
        _ random: inout Noise
    ) -> (entry: FileEntry, content: [UInt8]?) {
        var extents: [Extent] = []
        var content: [UInt8] = []
        var isBad = false
        var chunk = chunks[0]
        for number in 0..<pieces {
            if number % run == 0 {
                chunk = chunks[Int.random(in: 0..<chunks.count, using: &random)]
            }
            switch Int.random(in: 0..<odds, using: &random) {
            case 0:
                isBad = true
                let id = Bool.random(using: &random) ? broken : unknown
                extents.append(.chunk(id, offset: 0, length: 9))
            case 1:
                extents.append(.hole(3000))
                content += [UInt8](repeating: 0, count: 3000)
            case 2:
                extents.append(.literal([1, 2, 3]))
                content += [1, 2, 3]
            default:
                let offset = Int.random(in: 0..<chunk.bytes.count, using: &random)
                let length = min(
                    Int.random(in: 1...4000, using: &random),
                    chunk.bytes.count - offset
                )
                extents.append(.chunk(chunk.id, offset: offset, length: length))
                content += chunk.bytes[offset..<(offset + length)]
            }
        }
        return (entry(number, extents, content), isBad ? nil : content)
    }

    /// A file of whole chunks, which is proven in one pass with them.
    private func wholeFile(_ number: Int, _ random: inout Noise) -> (FileEntry, [UInt8]?) {
        let aligned = chunks.filter { $0.bytes.count % 64 == 0 }
        var picked = (0..<(number % 4)).compactMap { _ in aligned.randomElement(using: &random) }
        if let last = chunks.randomElement(using: &random) { picked.append(last) }
        var extents = picked.map { Extent.chunk($0.id, offset: 0, length: $0.bytes.count) }
        let isBad = Int.random(in: 0..<8, using: &random) == 0
        if isBad { extents.insert(.chunk(broken, offset: 0, length: 1_200_000), at: 0) }
        return (
            entry(number, extents, picked.flatMap(\.bytes)), isBad ? nil : picked.flatMap(\.bytes)
        )
    }

    /// What a file's bytes are according to the reader.
    private func read(_ reader: ContentReader, _ entry: FileEntry) throws(RepositoryError)
        -> [UInt8]
    {
        var bytes = [UInt8](repeating: 0, count: Int(entry.sizeBytes))
        try unsafe reader.read(entry) { (piece, position) throws(FileError) in
            let start = Int(position)
            unsafe bytes.replaceSubrange(start..<(start + piece.count), with: piece)
        }
        return bytes
    }

    @Test(arguments: caches) func readsOnBehindDamage(cache: (Int, Int, Int)) throws {
        var random = Noise(state: 7)
        let reader = reader(cache)
        let files = (0..<150).map { number -> (entry: FileEntry, content: [UInt8]?) in
            if number % 4 == 0 { return wholeFile(number, &random) }
            return file(number, pieces: number % 30, badOneIn: 40, &random)
        }
        #expect(files.contains { $0.content == nil })
        var next = 0
        for (entry, content) in files {
            while next < files.count, reader.hasRoom {
                try reader.announce(files[next].entry)
                next += 1
            }
            if let content {
                let isSame = try read(reader, entry) == content
                #expect(isSame)
            } else {
                #expect { try read(reader, entry) } throws: {
                    ($0 as? RepositoryError)?.code == .damaged
                }
            }
        }
    }

    @Test(arguments: caches) func readsThousandsOfExtents(cache: (Int, Int, Int)) throws {
        var random = Noise(state: 11)
        let reader = reader(cache)
        let (long, content) = file(0, pieces: 6000, badOneIn: .max, run: 100, &random)
        let (bad, none) = file(1, pieces: 6000, badOneIn: 500, run: 100, &random)
        let (short, few) = file(2, pieces: 3, badOneIn: .max, &random)
        let isBad = none == nil
        #expect(isBad)
        for entry in [long, bad, short, long] { try reader.announce(entry) }
        #expect(!reader.hasRoom)
        var isSame = try read(reader, long) == content
        #expect(isSame)
        #expect(throws: RepositoryError.self) { try read(reader, bad) }
        #expect(try read(reader, short) == few)
        isSame = try read(reader, long) == content
        #expect(isSame)
        #expect(reader.hasRoom)
    }

    /// A chunk that lies in two packs is read from the other where one is damaged.
    @Test(arguments: [0, 1]) func readsFromAnotherPlace(offset: Int) throws {
        let (id, bytes) = chunks[2]
        let other = try TestRepository()
        let repository = try other.open()
        let writer = ChunkWriter(
            store: repository.store,
            index: repository.index,
            packBytes: [.data: 8 << 20]
        )
        _ = try writer.submit(bytes, kind: .data)
        try writer.finish()
        try test.scratch.shell("cp -r \(other.scratch.path)/repo/packs/* repo/packs/")
        let places = try test.open().index.locations(of: id)
        #expect(places.count == 2)
        try test.scratch.flip("repo/" + places[0].object, at: places[0].offset)

        let ledger = ReadLedger()
        let reader = ContentReader(try test.open(), ledger: ledger)
        let content = Array(bytes[offset...])
        let length = content.count
        let file = entry(0, [.chunk(id, offset: offset, length: length)], content)
        let twice = entry(
            1,
            [.chunk(id, offset: 0, length: 64_000), .chunk(id, offset: 0, length: 64_000)],
            bytes + bytes
        )
        for entry in [file, twice, file] { try reader.announce(entry) }
        #expect(try read(reader, file) == content)
        #expect(try read(reader, twice) == bytes + bytes)
        #expect(try read(reader, file) == content)
        #expect(ledger.failed.keys.map(\.object) == [places[0].object])
        #expect(ledger.isProven(places[1]))
        #expect(!ledger.isProven(places[0]))
    }

    @Test func readsManySmallFilesOfSharedChunks() throws {
        let files = Dictionary(
            uniqueKeysWithValues: (0..<700).map { number in
                ("f\(number)", TestRepository.Content.file(noise(number * 3, seed: UInt64(number))))
            }
        )
        let snapshot = try test.backup(["many": files])
        let entries = try test.entries(snapshot, "many")
        let reader = try test.open().contentReader()
        var next = 0
        for entry in entries {
            while next < entries.count, reader.hasRoom {
                try reader.announce(entries[next])
                next += 1
            }
            let number = try #require(Int(entry.path.description.dropFirst()))
            #expect(try read(reader, entry) == noise(number * 3, seed: UInt64(number)))
        }
    }

    @Test func saysWhatIsWrong() throws {
        let chunk = chunks[0]
        let whole = Extent.chunk(chunk.id, offset: 0, length: 900)
        let behind = entry(0, [.chunk(chunk.id, offset: 1, length: 900)], chunk.bytes)
        let other = entry(1, [whole], [1])
        let good = entry(2, [whole], chunk.bytes)
        let reader = reader((2, 1, 1))
        for entry in [behind, other, good, good] { try reader.announce(entry) }
        #expect { try read(reader, behind) } throws: { "\($0)".contains("behind the end of chunk") }
        #expect { try read(reader, other) } throws: { "\($0)".contains("not what was captured") }
        #expect {
            try unsafe reader.read(good) { (_, _) throws(FileError) in
                throw FileError(code: .full, message: "the target is full")
            }
        } throws: { error in
            (error as? RepositoryError)?.code == .source
                && "\(error)".contains("the target is full")
        }
        #expect(try read(reader, good) == chunk.bytes)
        var short = good
        short.sizeBytes = 899
        #expect(throws: RepositoryError.self) { try reader.announce(short) }
        try reader.announce(good)
        #expect(try read(reader, good) == chunk.bytes)
    }

    /// Threads of a reader that is dropped in the middle end and hold on to nothing.
    @Test func leavesNothingBehind() throws {
        weak var held: Repository?
        do {
            let repository = try test.open()
            held = repository
            let reader = ContentReader(repository)
            for number in 0..<20 {
                try reader.announce(
                    entry(number, chunks.map { .chunk($0.id, offset: 0, length: 1) }, [])
                )
            }
        }
        // A thread lets go of what it holds just after it was joined.
        for _ in 0..<1000 where held != nil { usleep(1000) }
        #expect(held == nil)
    }
}

/// A generator that gives the same numbers in every run.
struct Noise: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}
