import Testing
import Threads
import Transfers

@testable import Subjects

/// Keeps what it is given, up to a limit.
final class Collector: ByteConsumer {
    var bytes: [UInt8] = []
    let limit: Int

    init(limit: Int = .max) { self.limit = limit }

    func take(_ piece: UnsafeRawBufferPointer) -> Bool {
        unsafe bytes.append(contentsOf: piece)
        return bytes.count < limit
    }
}

/// Gives bytes in pieces.
final class Giver: BodySource {
    let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var byteCount: UInt64 { UInt64(bytes.count) }

    func read(into room: UnsafeMutableRawBufferPointer) -> Int? {
        let piece = bytes[position..<min(bytes.count, position + min(room.count, 9_999))]
        unsafe room.copyBytes(from: piece)
        position += piece.count
        return piece.count
    }

    func rewind() -> Bool {
        position = 0
        return true
    }
}

func withStub<Result>(
    _ steps: [StubServer.Step],
    credential: QdrantAddress.Credential = .none,
    retryLimit: Int = 3,
    _ body: (QdrantClient, StubServer) throws -> Result
) throws -> Result {
    let server = StubServer(steps)
    defer { server.stop() }
    var address = QdrantAddress(url: server.url + "/")
    address.patienceSeconds = 2
    address.creationSeconds = 1
    address.credential = credential
    address.retryLimit = retryLimit
    let client = try QdrantClient(address, cancellation: Cancellation()) { _ in }
    return try body(client, server)
}

@Suite struct QdrantClientTests {
    private static let green = #"{"result":{"count":7},"status":"ok","time":0.1}"#

    @Test func aRequestSaysWhoWeAre() throws {
        for (credential, line) in [
            (QdrantAddress.Credential.apiKey("s3cret"), "api-key: s3cret"),
            (.bearer("s3cret"), "Authorization: Bearer s3cret"),
        ] {
            try withStub([StubServer.json(Self.green)], credential: credential) {
                client,
                server in
                #expect(try client.count("a b/ü") == 7)
                let request = try #require(server.requests.first)
                #expect(request.hasPrefix("POST /collections/a%20b%2F%C3%BC/points/count HTTP/1.1"))
                #expect(request.contains("\r\n\(line)\r\n"))
                #expect(request.contains("\r\nAccept-Encoding: identity\r\n"))
                #expect(request.hasSuffix(#"{"exact":true}"#))
            }
        }
    }

    /// Both in JSON and as plain text, and never with the key.
    @Test func theServersWordsAreInOurs() throws {
        let cases: [(StubServer.Step, QdrantError.Code, String)] = [
            (
                StubServer.json(#"{"status":{"error":"Not found: shard 9"},"time":1}"#, "404 No"),
                .notFound, "Not found: shard 9 (404)"
            ),
            (
                StubServer.plain("Must provide an API key", "401 Unauthorized"),
                .forbidden, "Must provide an API key (401)"
            ),
            (StubServer.plain("", "403 Forbidden"), .forbidden, "status 403"),
            (StubServer.plain("a\u{1B}[31mb", "400 Bad Request"), .refused, "a [31mb (400)"),
            (StubServer.json(#"{"result":{}}"#), .notQdrant, "the answer is none of Qdrant's"),
            (StubServer.plain("<html>", "200 OK"), .notQdrant, "the answer is none of Qdrant's"),
        ]
        for (step, code, words) in cases {
            try withStub([step], credential: .apiKey("s3cret")) { client, server in
                let error = #expect(throws: QdrantError.self) { try client.count("notes") }
                #expect(error?.code == code)
                #expect(error?.message.hasSuffix(words) == true, "\(error?.message ?? "")")
                #expect(error?.message.contains("s3cret") == false)
                #expect(error?.message.contains("/collections/notes/points/count") == true)
                #expect(server.requests.count == 1)
            }
        }
    }

    @Test func whatDoesNoHarmIsSentAgain() throws {
        let steps: [StubServer.Step] = [
            .last("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"),
            StubServer.plain("starting", "503 Service Unavailable"),
            .last("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
            StubServer.json(Self.green),
        ]
        try withStub(steps) { client, server in
            let count = try client.count("notes")
            #expect(count == 7)
            #expect(server.requests.count == 4)
        }
        try withStub(steps, retryLimit: 2) { client, server in
            #expect(throws: QdrantError.self) { try client.count("notes") }
            #expect(server.requests.count == 3)
        }
        try withStub([StubServer.plain("broken", "500 Oh")]) { client, server in
            #expect(throws: QdrantError.self) { try client.count("notes") }
            #expect(server.requests.count == 1)
        }
    }

    @Test func theNumberOfRetriesIsANumber() {
        #expect(QdrantAddress.retryLimit("0") == 0)
        #expect(QdrantAddress.retryLimit("12") == 12)
        for text in ["", "-1", "many", "1e9", "101"] {
            #expect(QdrantAddress.retryLimit(text) == nil)
        }
    }

    @Test func aTokenForACollectionMayNotKnowTheCluster() throws {
        try withStub([StubServer.plain("forbidden", "403 Forbidden")]) { client, _ in
            let cluster = try client.cluster()
            #expect(cluster == nil)
        }
    }
}

@Suite struct QdrantArchiveTests {
    private static func list(_ names: [String]) -> StubServer.Step {
        let items = names.map {
            #"{"name":"\#($0)","creation_time":null,"size":10,"checksum":"ab"}"#
        }
        return StubServer.json(#"{"result":[\#(items.joined(separator: ","))],"status":"ok"}"#)
    }

    /// The answer is lost: the archive that appears is ours, and no second is made.
    @Test(arguments: [
        StubServer.Step.stall(""), .last(""), StubServer.plain("gateway", "504 Gateway Timeout"),
    ])
    func anArchiveWhoseAnswerIsLostIsAdopted(lost: StubServer.Step) throws {
        let steps = [
            Self.list(["notes-old"]), lost, Self.list(["notes-old"]),
            Self.list(["notes-old", "notes-new"]), Self.list(["notes-old", "notes-new"]),
        ]
        try withStub(steps) { client, server in
            let archive = try client.createArchive(of: "notes", shard: 0)
            #expect(archive.name == "notes-new")
            let creations = server.lines.filter { $0.hasPrefix("POST") }
            #expect(creations == ["POST /collections/notes/shards/0/snapshots?wait=true"])
        }
    }

    @Test func nobodysArchiveIsAdopted() throws {
        let both = Self.list(["notes-1", "notes-2"])
        let steps: [StubServer.Step] = [Self.list([]), .last("")] + (0..<9).map { _ in both }
        try withStub(steps) { client, server in
            let error = #expect(throws: QdrantError.self) {
                try client.createArchive(of: "notes", shard: nil)
            }
            #expect(error?.code == .unreachable)
            #expect(server.lines.filter { $0.hasPrefix("POST") }.count == 1)
        }
        // A refusal is no lost answer.
        let refusal = StubServer.plain("no", "403 Forbidden")
        try withStub([Self.list([]), refusal]) { client, server in
            let error = #expect(throws: QdrantError.self) {
                try client.createArchive(of: "notes", shard: nil)
            }
            #expect(error?.code == .forbidden)
            #expect(server.requests.count == 2)
        }
    }

    @Test func whatIsGoneIsDeleted() throws {
        let gone = StubServer.json(#"{"status":{"error":"Not found"},"time":0}"#, "404 Not Found")
        try withStub([.last(""), gone]) { client, server in
            try client.deleteArchive("a b", of: "notes", shard: nil)
            #expect(server.lines.last == "DELETE /collections/notes/snapshots/a%20b?wait=true")
        }
    }

    private static let content = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    private static let archive = QdrantArchive(
        name: "n.snapshot",
        creationTime: nil,
        size: 100_000,
        checksum: nil
    )

    /// Says that all of it comes, and sends a part.
    private static func part(_ range: Range<Int>, _ status: String, tag: String) -> StubServer.Step
    {
        let field =
            status.hasPrefix("206")
            ? "\r\nContent-Range: bytes \(range.lowerBound)-99999/100000" : ""
        let length = status.hasPrefix("206") ? 100_000 - range.lowerBound : 100_000
        return .last(
            "HTTP/1.1 \(status)\r\nContent-Length: \(length)\r\nETag: \"\(tag)\"\(field)\r\n\r\n",
            Array(content[range])
        )
    }

    @Test func aBrokenDownloadGoesOn() throws {
        let steps = [
            Self.part(0..<30_000, "200 OK", tag: "a"),
            Self.part(30_000..<30_000, "206 Partial Content", tag: "a"),
            Self.part(30_000..<70_000, "206 Partial Content", tag: "a"),
            Self.part(0..<80_000, "200 OK", tag: "a"),
            Self.part(80_000..<100_000, "206 Partial Content", tag: "a"),
        ]
        try withStub(steps) { client, server in
            let collector = Collector()
            try client.download(Self.archive, of: "notes", shard: nil, to: collector)
            #expect(collector.bytes == Self.content)
            let ranges = server.requests.map { $0.contains("\r\nRange: bytes=") }
            #expect(ranges == [false, true, true, true, true])
            #expect(server.requests[3].contains("\r\nRange: bytes=70000-\r\n"))
        }
    }

    /// Qdrant ignores If-Range: the tag must be looked at.
    @Test func anotherFileIsNotPutBehindTheFirst() throws {
        let steps = [
            Self.part(0..<30_000, "200 OK", tag: "a"),
            Self.part(30_000..<100_000, "206 Partial Content", tag: "b"),
        ]
        try withStub(steps) { client, _ in
            let collector = Collector()
            let error = #expect(throws: QdrantError.self) {
                try client.download(Self.archive, of: "notes", shard: nil, to: collector)
            }
            #expect(error?.code == .changed)
            #expect(collector.bytes.count == 30_000)
        }
    }

    @Test func aDownloadThatDoesNotMoveEnds() throws {
        let steps = [Self.part(0..<10, "200 OK", tag: "a")] + (0..<9).map { _ in .last("") }
        try withStub(steps) { client, server in
            let error = #expect(throws: QdrantError.self) {
                try client.download(Self.archive, of: "notes", shard: nil, to: Collector())
            }
            #expect(error?.code == .unreachable)
            #expect(server.requests.count == 4)
        }
        try withStub([StubServer.plain("Not found: Snapshot n not found", "404 Not Found")]) {
            client,
            _ in
            let error = #expect(throws: QdrantError.self) {
                try client.download(Self.archive, of: "notes", shard: nil, to: Collector())
            }
            #expect(error?.code == .notFound)
        }
    }

    /// Sent once, whatever happens: whoever took half of it must begin anew.
    @Test func aStreamIsSentOnce() throws {
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
        for (step, code) in [
            (StubServer.Step.last(chunked), QdrantError.Code.unreachable),
            (.stall(chunked), .timedOut),
            (StubServer.plain("Not found: shard 9 not found", "404 Not Found"), .notFound),
        ] {
            try withStub([step, .answer(chunked + "0\r\n\r\n")]) { client, server in
                let collector = Collector()
                let error = #expect(throws: QdrantError.self) {
                    try client.stream("notes", shard: 0, to: collector)
                }
                #expect(error?.code == code)
                #expect(server.requests.count == 1)
                #expect(code == .notFound || collector.bytes == Array("hello".utf8))
            }
        }
        try withStub([.answer(chunked + "0\r\n\r\n")]) { client, _ in
            let error = #expect(throws: QdrantError.self) {
                try client.stream("notes", shard: 0, to: Collector(limit: 3))
            }
            #expect(error?.code == .stopped)
        }
    }

    @Test func nothingChangedIsNoStream() throws {
        let segment = QdrantSegment(
            segmentID: "u",
            segmentVersion: 5,
            fileVersions: ["a": 3, "b": nil]
        )
        try withStub([.answer("HTTP/1.1 304 Not Modified\r\n\r\n")]) { client, server in
            let collector = Collector()
            let isSent = try client.streamChanges(
                "notes",
                shard: 0,
                since: ["u": segment],
                to: collector
            )
            #expect(!isSent)
            #expect(collector.bytes.isEmpty)
            #expect(server.requests[0].contains(#""b":null"#))
            #expect(server.requests[0].contains("\r\nContent-Type: application/json\r\n"))
        }
    }
}

@Suite struct QdrantUploadTests {
    @Test func anUploadIsAForm() throws {
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: ($0 >> 5) & 0x3F) }
        try withStub([StubServer.json(#"{"result":null,"status":"ok","time":0}"#)]) {
            client,
            server in
            try client.upload(Giver(bytes), checksum: "abcd", as: "a.snapshot", to: "new", shard: 0)
            let request = try #require(server.requests.first)
            #expect(
                server.lines == [
                    "POST /collections/new/shards/0/snapshots/upload?wait=true&priority=snapshot&checksum=abcd"
                ]
            )
            #expect(request.contains(#"name="snapshot"; filename="a.snapshot""#))
            #expect(request.utf8.count > bytes.count)
        }
    }

    /// The server says no and closes before it has read the archive.
    @Test func anEarlyAnswerIsRead() throws {
        let body = "Wrong input: Failed to parse priority"
        let step = StubServer.Step.early(
            StubServer.response("400 Bad Request", [], Array(body.utf8)) + body
        )
        for size in [100, 50_000_000] {
            try withStub([step]) { client, _ in
                let error = #expect(throws: QdrantError.self) {
                    let giver = Giver([UInt8](repeating: 7, count: size))
                    try client.upload(giver, checksum: "ab", as: "a.snapshot", to: "new", shard: 0)
                }
                #expect(error?.code == .refused)
                #expect(error?.message.contains(body) == true, "\(error?.message ?? "")")
            }
        }
    }
}
