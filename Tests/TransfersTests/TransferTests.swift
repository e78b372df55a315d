import Testing
import Transfers

private func withServer<Result>(
    _ answer: String,
    stalls: Bool = false,
    _ body: (LoopbackServer) throws -> Result
) rethrows -> Result {
    let server = LoopbackServer(answer: answer, stalls: stalls)
    defer { server.stop() }
    return try body(server)
}

private func response(_ status: String, _ headers: [String] = [], body: String = "") -> String {
    (["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + headers)
        .joined(separator: "\r\n") + "\r\nConnection: close\r\n\r\n\(body)"
}

/// The error of a GET; records an issue when there is none.
private func failure(of request: Request) throws -> TransferError? {
    var transfer = try Transfer()
    do throws(TransferError) {
        _ = try transfer.get(request)
    } catch {
        return error
    }
    Issue.record("there was a response")
    return nil
}

@Suite struct TransferTests {
    @Test(arguments: [("200 OK", 200), ("404 Not Found", 404), ("503 Busy", 503)])
    func everyStatusIsAResponse(line: String, status: Int) throws {
        let answer = response(line, ["X-Two:  a: b \t", "x-empty:"], body: "{\"title\":\"q\"}")
        try withServer(answer) { server in
            var transfer = try Transfer()
            let response = try transfer.get(Request(url: server.url + "/collections?a=b"))
            #expect(response.status == status)
            #expect(response.header("x-two") == "a: b")
            #expect(response.header("X-Empty")?.isEmpty == true)
            #expect(response.header("x-none") == nil)
            #expect(String(decoding: response.body, as: UTF8.self) == "{\"title\":\"q\"}")
            #expect(server.requests.first?.hasPrefix("GET /collections?a=b HTTP/1.1\r\n") == true)
        }
    }

    @Test func headersAreSentAndForgotten() throws {
        try withServer(response("200 OK")) { server in
            var transfer = try Transfer()
            var request = Request(url: server.url)
            request.headers = [Header("api-key", "s3cret"), Header("x-empty", "")]
            _ = try transfer.get(request)
            _ = try transfer.get(Request(url: server.url))
            try #require(server.requests.count == 2)
            #expect(server.requests[0].contains("\r\napi-key: s3cret\r\n"))
            #expect(server.requests[0].contains("\r\nx-empty:\r\n"))
            #expect(!server.requests[1].contains("s3cret"))
        }
    }

    @Test func redirectsAreNotFollowed() throws {
        try withServer(response("200 OK")) { target in
            try withServer(response("302 Found", ["Location: \(target.url)/"])) { server in
                var transfer = try Transfer()
                let response = try transfer.get(Request(url: server.url))
                #expect(response.status == 302)
                #expect(response.header("location") == "\(target.url)/")
            }
            #expect(target.requests.isEmpty)
        }
    }

    @Test func anInterimResponseLeavesNoHeaders() throws {
        let answer = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + response("200 OK", body: "ok")
        try withServer(answer) { server in
            var transfer = try Transfer()
            let response = try transfer.get(Request(url: server.url))
            #expect(response.status == 200)
            #expect(response.header("link") == nil)
        }
    }

    @Test(arguments: [(10, true), (9, false)])
    func theBodyIsBounded(bodyByteCountMax: Int, fits: Bool) throws {
        try withServer(response("200 OK", body: "0123456789")) { server in
            var request = Request(url: server.url)
            request.bodyByteCountMax = bodyByteCountMax
            if fits {
                var transfer = try Transfer()
                #expect(try transfer.get(request).body.count == 10)
            } else {
                let error = try failure(of: request)
                #expect(error?.code == .tooLarge)
            }
        }
    }

    @Test func endlessHeadersAreRefused() throws {
        let headers = (0..<2_000).map { "x-\($0): \(String(repeating: "y", count: 40))" }
        try withServer(response("200 OK", headers)) { server in
            let error = try failure(of: Request(url: server.url))
            #expect(error?.code == .tooLarge)
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123", TransferError.Code.broken),
        ("SSH-2.0-OpenSSH_9.2\r\n", .broken),
        ("", .broken),
    ])
    func aBrokenAnswerIsAnError(answer: String, code: TransferError.Code) throws {
        try withServer(answer) { server in
            let error = try failure(of: Request(url: server.url))
            #expect(error?.code == code)
        }
    }

    @Test func aSilentPeerTimesOut() throws {
        try withServer("", stalls: true) { server in
            var request = Request(url: server.url)
            request.stallTimeoutSeconds = 1
            let error = try failure(of: request)
            #expect(error?.code == .timedOut)
        }
    }

    @Test func aClosedPortIsNotReachable() throws {
        let server = LoopbackServer(answer: "")
        server.stop()
        let error = try failure(of: Request(url: server.url + "/path?key=s3cret"))
        #expect(error?.code == .notReachable)
        #expect(error?.message == "no connection from \(server.url)")
        #expect(error?.description.contains("s3cret") == false)
    }

    @Test func aPlainPeerIsNotTrusted() throws {
        try withServer("not TLS\r\n\r\n") { server in
            let url = "https://127.0.0.1:\(server.port)"
            let error = try failure(of: Request(url: url))
            #expect(error?.code == .notTrusted)
        }
    }

    @Test func anUnknownHostIsNamed() throws {
        let error = try failure(of: Request(url: "http://host.invalid:6333"))
        #expect(error?.code == .hostNotFound)
        #expect(error?.message == "no such host from http://host.invalid:6333")
    }
}

@Suite struct RequestTests {
    @Test(arguments: [
        "http://user:s3cret@127.0.0.1/", "ftp://127.0.0.1/s3cret", "file:///etc/s3cret",
        "http://", "", "http://127.0.0.1:s3cret", "http://127.0.0.1/\0s3cret", "127.0.0.1 s3cret",
    ])
    func anUnfitUrlIsRefusedWithoutRepeatingIt(url: String) throws {
        let error = try failure(of: Request(url: url))
        #expect(error?.code == .invalidRequest)
        #expect(error?.description.contains("s3cret") == false)
    }

    @Test(arguments: [
        Header("api-key", "s3cret\r\nx: y"), Header("api key", "s3cret"), Header("", "s3cret"),
        Header("a:", "s3cret"), Header("a", "s3cret\0"),
    ])
    func anUnfitHeaderIsRefusedWithoutRepeatingIt(header: Header) throws {
        var request = Request(url: "http://127.0.0.1:1")
        request.headers = [header]
        let error = try failure(of: request)
        #expect(error?.code == .invalidRequest)
        #expect(error?.description.contains("s3cret") == false)
    }
}
