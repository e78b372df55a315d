public import Threads
internal import Transfers

/// Somebody who is told, by a URL that is a secret.
///
/// Calls block. What cannot be delivered is a text that names the host and never the URL.
public struct NoticeChannel: Sendable {
    /// What is spoken there.
    public enum Kind: String, Sendable {
        case teams
        case slack
        case webhook
    }

    /// What is spoken there.
    public let kind: Kind
    private let url: String
    private let delivery: Delivery

    /// Prepares a channel without asking anything.
    ///
    /// - Parameters:
    ///   - kind: What is spoken there.
    ///   - url: The secret.
    ///   - cancellation: Ends waiting and transfers.
    public init(_ kind: Kind, url: String, cancellation: Cancellation) {
        self.kind = kind
        self.url = url
        delivery = Delivery(cancellation)
    }

    /// Tells.
    ///
    /// - Parameter notice: What is to be said.
    /// - Returns: Why it did not arrive; nil where it did.
    public func tell(_ notice: Notice) -> String? {
        let body =
            switch kind {
            case .teams: NoticeBody.teams(notice)
            case .slack: NoticeBody.slack(notice)
            case .webhook: NoticeBody.webhook(notice)
            }
        return delivery.post(body, "application/json", to: url).fault.map {
            "\(kind.rawValue) was not told: \($0)"
        }
    }
}

/// A dead man's switch: a check elsewhere that raises its voice when nobody pings it.
///
/// One run is told by `/start` and then by success, `/fail` or `/log`, all with the same run id.
public final class PingChannel {
    private static let bodyLimitBytes = 10_000

    private let url: String
    private let delivery: Delivery
    private let runID: String
    /// As many bytes of a body as the check said that it keeps.
    private var limitBytes = PingChannel.bodyLimitBytes

    /// Prepares a channel without asking anything.
    ///
    /// - Parameters:
    ///   - url: The secret.
    ///   - cancellation: Ends waiting and transfers.
    public init(url: String, cancellation: Cancellation) {
        var url = url[...]
        while url.last == "/" { url.removeLast() }
        self.url = String(url)
        delivery = Delivery(cancellation)
        runID = Self.randomID()
    }

    /// Says that a run begins.
    ///
    /// - Returns: Why it did not arrive; nil where it did.
    public func start() -> String? { ping("/start", []) }

    /// Says how it ended.
    ///
    /// - Parameters:
    ///   - notice: What is to be said.
    ///   - ending: How it ended; a run that was put off leaves the check as it is.
    /// - Returns: Why it did not arrive; nil where it did.
    public func end(_ notice: Notice, _ ending: Ending) -> String? {
        let body = NoticeBody.ping(notice, limitBytes: limitBytes)
        switch ending {
        case .ok, .warning: return ping("", body)
        case .failed, .reverted: return ping("/fail", body)
        case .skipped: return ping("/log", body)
        }
    }

    private func ping(_ suffix: String, _ body: [UInt8]) -> String? {
        var target = url
        var query = ""
        if let mark = url.firstIndex(of: "?") {
            target = String(url[..<mark])
            query = "&" + url[url.index(after: mark)...]
        }
        let result = delivery.post(
            body,
            "text/plain; charset=utf-8",
            to: "\(target)\(suffix)?rid=\(runID)\(query)"
        )
        if let limit = result.bodyLimitBytes { limitBytes = min(limit, 100_000) }
        return result.fault.map { "the ping was not heard: \($0)" }
    }

    private static func randomID() -> String {
        func hex(_ count: Int) -> String {
            (0..<count).map { _ in String(Int.random(in: 0..<16), radix: 16) }.joined()
        }
        return "\(hex(8))-\(hex(4))-4\(hex(3))-8\(hex(3))-\(hex(12))"
    }
}

/// Posts a body, and once more where nobody answered.
struct Delivery: Sendable {
    private static let tries = 2

    struct Result {
        var fault: String?
        var bodyLimitBytes: Int?
    }

    private let cancellation: Cancellation

    init(_ cancellation: Cancellation) {
        self.cancellation = cancellation
    }

    func post(_ body: [UInt8], _ type: String, to url: String) -> Result {
        var result = Result(fault: "nobody answered")
        for attempt in 1...Self.tries {
            if attempt > 1 { cancellation.wait(seconds: 1) }
            let isLast = attempt == Self.tries
            switch once(body, type, url) {
            case .success(let response):
                if (200..<300).contains(response.status) {
                    let limit = response.header("Ping-Body-Limit").flatMap { Int($0) }
                    return Result(fault: nil, bodyLimitBytes: limit)
                }
                result.fault = "\(Self.host(url)) answers \(response.status)"
                if response.status < 500, response.status != 429 { return result }
            case .failure(let error):
                result.fault = error.description
                if error.code == .invalidRequest || isLast { return result }
            }
        }
        return result
    }

    private func once(
        _ body: [UInt8],
        _ type: String,
        _ url: String
    ) -> Swift.Result<Response, TransferError> {
        do throws(TransferError) {
            var transfer = try Transfer()
            var request = Request(url: url)
            request.method = "POST"
            request.body = body
            request.headers = [Header("Content-Type", type)]
            request.connectTimeoutSeconds = 5
            request.stallTimeoutSeconds = 10
            return .success(try transfer.send(request))
        } catch {
            return .failure(error)
        }
    }

    /// Host and port: all of a secret URL that may be shown.
    private static func host(_ url: String) -> String {
        let rest = url.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: true)
        guard rest.count == 2 else { return "it" }
        return String(rest[1].drop { $0 == "/" }.prefix { !"/?#".contains($0) })
    }
}
