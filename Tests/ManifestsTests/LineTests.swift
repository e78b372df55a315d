import Cryptography
import Files
import Manifests
import Testing

@Suite struct LineTests {
    @Test(arguments: oddNames)
    func everyNameSurvives(name: [UInt8]) throws {
        let file = try sampleEntry(Path(bytes: name))
        var link = try sampleEntry(Path(bytes: name), .link)
        link.target = Path(bytes: name)
        let written = lines([file, link])
        #expect(try entries(written) == [file, link])
        // A line feed ends a line and stands nowhere else.
        #expect(written.filter { $0 == 0x0A }.count == 2)
    }

    @Test func everyFieldSurvives() throws {
        let one = SHA256.digest(of: [1])
        let two = SHA256.digest(of: [2])
        var root = try sampleEntry(Path(""), .folder)
        root.user = nil
        root.group = nil
        root.modifiedNanoseconds = -1
        root.changedNanoseconds = .min
        root.attributes = [
            .init(name: "user.\"odd\"", value: []), .init(name: "z", value: [0, 255]),
        ]
        var file = try sampleEntry(Path("file"))
        file.mode = 0o7777
        file.userID = .max
        file.groupID = .max
        file.inode = .max
        file.device = .max
        file.modifiedNanoseconds = .max
        file.isRacy = true
        file.hardlink = "801:2a"
        file.sizeBytes = (1 << 53) - 1
        file.extents = .inline([
            .hole((1 << 53) - 5), .literal([1, 2, 3]),
            .chunk(one, offset: 4_194_303, length: 1),
        ])
        var database = try sampleEntry(Path("memory.db"))
        database.database = Array(#"{"user_version":3,"tables":[{"name":"a\"}"}]}"#.utf8)
        database.pages = PageTable(
            pageBytes: 4096,
            pageCount: 70_000,
            base: [one, two],
            patches: [two]
        )
        database.extents = .indirect([two, one])
        var empty = try sampleEntry(Path("nothing"))
        empty.sizeBytes = 0
        empty.extents = .inline([])
        var fetched = try sampleEntry(Path("weights"))
        fetched.extents = .elsewhere
        let all = [root, file, database, empty, fetched]
        #expect(try entries(lines(all)) == all)
    }

    @Test func aLineIsWhatTheFormatSays() throws {
        let digest = SHA256.digest(of: Array("hello".utf8)).hex
        let chunk = SHA256.digest(of: [1]).hex
        let expected =
            #"{"path":"a","type":"file","mode":"0644","uid":1000,"gid":100,"user":"ann","group":"users","#
            + #""mtime":"1768355400123456789","ctime":"1768355401000000001","inode":"42","device":"2049","#
            + #""size":5,"sha256":"\#(digest)","extents":[["\#(chunk)",7,5]]}"# + "\n"
        #expect(String(decoding: lines([try sampleEntry(Path("a"))]), as: UTF8.self) == expected)
    }

    @Test func aLineLiesWhereTheReaderSays() throws {
        let all = [try sampleEntry(Path("a")), try sampleEntry(Path("b"), .folder)]
        let bytes = lines(all)
        var reader = LineReader(bytes)
        var next = 0
        for entry in all {
            let found = try #require(try reader.entry())
            #expect(found.line.lowerBound == next && found.entry == entry)
            #expect(Array(bytes[found.line]) == lines([entry]))
            next = found.line.upperBound
        }
        #expect(next == bytes.count)
        #expect(try reader.entry() == nil)
    }

    @Test func fieldsOfTheFutureArePassedOver() throws {
        let entry = try sampleEntry(Path("a"))
        let text = String(decoding: lines([entry]), as: UTF8.self)
        let future = text.replacing(
            #""uid""#,
            with: #""new":{"a":[1,{"b":"}]"}],"c":null,"d":-1.5e3},"\u00fcber":"x","uid""#
        )
        #expect(
            try entries(Array(future.replacing(#""\u00fcber":"x","#, with: "").utf8)) == [entry]
        )
    }

    @Test func theOrderOfFieldsIsFree() throws {
        let entry = try sampleEntry(Path("a"))
        let text = String(decoding: lines([entry]), as: UTF8.self)
        let turned = text.replacing(#"{"path":"a","#, with: "{").replacing(
            "]]}",
            with: #"]],"path":"a"}"#
        )
        #expect(turned != text)
        #expect(try entries(Array(turned.utf8)) == [entry])
    }
}

@Suite struct ExtentTests {
    private let one = SHA256.digest(of: [1])
    private let two = SHA256.digest(of: [2])

    @Test func neighboursBecomeOneRun() {
        var extents: [Extent] = []
        for next: Extent in [
            .chunk(one, offset: 0, length: 10), .chunk(one, offset: 10, length: 5), .hole(0),
            .chunk(one, offset: 20, length: 5), .chunk(two, offset: 25, length: 5), .hole(3),
            .hole(4),
            .literal([]), .literal([1]),
        ] { extents.appendJoining(next) }
        #expect(
            extents == [
                .chunk(one, offset: 0, length: 15), .chunk(one, offset: 20, length: 5),
                .chunk(two, offset: 25, length: 5), .hole(7), .literal([1]),
            ]
        )
        #expect(extents.totalLength == 33)
    }

    @Test func aListOfItsOwnSurvives() throws {
        let extents: [Extent] = [.chunk(one, offset: 1, length: 2), .hole(5), .literal([0, 255])]
        var writer = LineWriter()
        writer.write(extents)
        #expect(try LineReader.extents(writer.bytes) == extents)
        #expect(try LineReader.extents(Array("[]".utf8)) == [])
    }
}
