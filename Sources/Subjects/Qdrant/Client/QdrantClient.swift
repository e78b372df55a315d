internal import FoundationEssentials
public import Threads
internal import Transfers

/// Asks one node of a Qdrant over HTTP.
///
/// Not thread-safe: one connection, one request at a time. Calls block. A request is sent again
/// only where a second one does no harm. Secrets are sent as headers and never appear in URLs or
/// messages.
public final class QdrantClient {
    /// Where it is and as whom we ask.
    public let address: QdrantAddress
    private let cancellation: Cancellation
    private var transfer: Transfer
    private let pause: (Double) -> Void

    /// Prepares a client without asking anything.
    ///
    /// - Parameters:
    ///   - address: The node.
    ///   - cancellation: Ends waiting and transfers.
    ///   - pause: Waits so many seconds before a retry; nil to wait as long as nobody stops us.
    /// - Throws: ``QdrantError`` where libcurl cannot start.
    public init(
        _ address: QdrantAddress,
        cancellation: Cancellation,
        pause: ((Double) -> Void)? = nil
    ) throws(QdrantError) {
        self.address = address
        self.cancellation = cancellation
        self.pause = pause ?? { cancellation.wait(seconds: $0) }
        do throws(TransferError) {
            transfer = try Transfer()
        } catch {
            throw QdrantError(.unreachable, error.description, cause: error)
        }
    }

    /// What is asked.
    struct Call {
        var method = "GET"
        var path: String
        var json: (any Encodable)?
        var headers: [Header] = []
        /// Whether a second request does no harm.
        var isRepeatable = true
        var patienceSeconds: Int?
        var bodyByteCountMax = 64 << 20

        init(_ method: String = "GET", _ path: String, json: (any Encodable)? = nil) {
            self.method = method
            self.path = path
            self.json = json
        }
    }

    private struct Envelope<Result: Decodable>: Decodable {
        var result: Result
    }

    /// Asks, and reads the result out of the answer.
    func result<Result: Decodable>(
        _ call: Call,
        as type: Result.Type
    ) throws(QdrantError) -> Result {
        try result(of: try answer(call), call, as: type)
    }

    /// Reads the result out of an answer.
    func result<Result: Decodable>(
        of response: Response,
        _ call: Call,
        as type: Result.Type
    ) throws(QdrantError) -> Result {
        try decode(Envelope<Result>.self, response, call).result
    }

    func decode<Result: Decodable>(
        _ type: Result.Type,
        _ response: Response,
        _ call: Call
    ) throws(QdrantError) -> Result {
        do {
            return try JSONDecoder().decode(type, from: Data(response.body))
        } catch {
            throw QdrantError(
                .notQdrant,
                "\(what(call)): the answer is none of Qdrant's",
                status: response.status,
                cause: error
            )
        }
    }

    /// Asks until there is an answer of success.
    ///
    /// - Throws: ``QdrantError`` also for a status of 400 and above.
    @discardableResult
    func answer(
        _ call: Call,
        from source: (any BodySource)? = nil,
        to receiver: (any BodyReceiver)? = nil
    ) throws(QdrantError) -> Response {
        var attempt = 0
        while true {
            do throws(QdrantError) {
                return try once(call, from: source, to: receiver)
            } catch {
                guard call.isRepeatable, attempt < address.retryLimit, isPassing(error) else {
                    throw error
                }
                attempt += 1
                wait(attempt)
                if cancellation.reason != nil { throw error }
            }
        }
    }

    /// Waits longer from time to time, and not as long as another client beside us.
    func wait(_ attempt: Int) {
        let seconds = min(0.25 * Double(1 << min(attempt, 10)), 30)
        pause(seconds * Double.random(in: 0.5...1))
    }

    var isCancelled: Bool { cancellation.reason != nil }

    /// Whether the same request may succeed a little later.
    private func isPassing(_ error: QdrantError) -> Bool {
        switch error.code {
        case .unreachable, .timedOut: true
        case .server, .refused: [429, 502, 503, 504].contains(error.status)
        default: false
        }
    }

    private func once(
        _ call: Call,
        from source: (any BodySource)?,
        to receiver: (any BodyReceiver)?
    ) throws(QdrantError) -> Response {
        let response: Response
        do throws(TransferError) {
            response = try transfer.send(try request(call), from: source, to: receiver)
        } catch {
            let code: QdrantError.Code =
                switch error.code {
                case .cancelled, .stopped: .stopped
                case .timedOut: .timedOut
                default: .unreachable
                }
            throw QdrantError(code, "\(what(call)): \(error.description)", cause: error)
        }
        guard response.status >= 400 || response.status < 200 else { return response }
        let code: QdrantError.Code =
            switch response.status {
            case 401, 403: .forbidden
            case 404: .notFound
            case 400..<500: .refused
            case 500...: .server
            default: .notQdrant
            }
        throw QdrantError(
            code,
            "\(what(call)): \(Self.errorText(response))",
            status: response.status
        )
    }

    private func request(_ call: Call) throws(TransferError) -> Request {
        var request = Request(url: address.url + call.path)
        request.method = call.method
        request.isRepeatable = call.isRepeatable
        // Compressed, a stream would have to be unpacked before it can be cut.
        request.headers = address.headers + [Header("Accept-Encoding", "identity")] + call.headers
        if let json = call.json {
            request.body = Array((try? JSONEncoder().encode(json)) ?? Data())
            request.headers.append(Header("Content-Type", "application/json"))
        } else if call.method == "POST" {
            request.body = []
        }
        request.trust = address.trust
        request.stallTimeoutSeconds = call.patienceSeconds ?? address.patienceSeconds
        request.bodyByteCountMax = call.bodyByteCountMax
        let cancellation = self.cancellation
        request.isCancelled = { cancellation.reason != nil }
        return request
    }

    private func what(_ call: Call) -> String { "\(call.method) \(call.path) of \(address.url)" }

    private struct Failure: Decodable {
        struct Status: Decodable {
            var error: String
        }
        var status: Status
    }

    /// What the server says is wrong: JSON from most endpoints, plain text from the others.
    static func errorText(_ response: Response) -> String {
        let decoded = try? JSONDecoder().decode(Failure.self, from: Data(response.body))
        let text =
            decoded?.status.error ?? String(decoding: response.body.prefix(2000), as: UTF8.self)
        let line = String(
            text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : Character($0) }
        )
        return line.isEmpty ? "status \(response.status)" : "\(line) (\(response.status))"
    }

    /// A name as one component of a path.
    static func escaped(_ name: String) -> String {
        var text = ""
        for byte in name.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                text += digits.count == 1 ? "%0" + digits : "%" + digits
            }
        }
        // A component of dots alone would name another place.
        return text == "." || text == ".." ? text.replacing(".", with: "%2E") : text
    }
}
