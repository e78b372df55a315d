public import Transfers

/// One question to a service and the answer that a healthy one gives.
public struct HTTPProbe: Sendable {
    /// What came of one try.
    public enum Verdict: Equatable, Sendable {
        /// The answer is as expected.
        case healthy
        /// It is not, or none came; the reason holds no secret.
        case unhealthy(String)
    }

    /// Where to ask.
    public var url: String
    /// The status of a healthy answer.
    public var status = 200
    /// A text that the body holds.
    public var bodyText: String?
    /// Values in a JSON body by path, such as `model.version`.
    public var values: [(path: String, value: String)] = []
    /// What a JSON body must hold; its objects may hold more.
    public var document: JSONValue?
    /// The HTTP method.
    public var method = "GET"
    /// What is sent; nil for nothing.
    public var body: String?
    /// The token that is sent; never shown.
    public var bearer: String?

    /// Asks for a URL and expects 200.
    ///
    /// - Parameter url: Where to ask.
    public init(url: String) {
        self.url = url
    }

    /// Asks once; blocks until an answer or its time is up.
    ///
    /// - Parameter patienceSeconds: How long to wait for the connection, and for each silence.
    /// - Returns: The verdict.
    public func ask(patienceSeconds: Int = 5) -> Verdict {
        let response: Response
        do throws(TransferError) {
            var transfer = try Transfer()
            var request = Request(url: url)
            request.connectTimeoutSeconds = patienceSeconds
            request.stallTimeoutSeconds = patienceSeconds
            request.method = method
            if let body {
                request.body = Array(body.utf8)
                request.headers.append(Header("Content-Type", "application/json"))
            }
            if let bearer { request.headers.append(Header("Authorization", "Bearer \(bearer)")) }
            response = try transfer.get(request)
        } catch {
            return .unhealthy(error.description)
        }
        guard response.status == status else {
            return .unhealthy("\(url) answers \(response.status), not \(status)\(hint(response))")
        }
        if let bodyText, !String(decoding: response.body, as: UTF8.self).contains(bodyText) {
            return .unhealthy("the answer of \(url) does not hold the expected text")
        }
        guard !values.isEmpty || document != nil else { return .healthy }
        guard let answer = JSONValue(response.body) else {
            return .unhealthy("the answer of \(url) is no JSON")
        }
        if let document, let fault = answer.fault(against: document) {
            return .unhealthy("the answer of \(url) is not as expected: \(fault)")
        }
        for (path, value) in values {
            let found = answer[path: path]?.text
            if found != value {
                return .unhealthy(
                    "\(path) of \(url) is \(found.map { String($0.prefix(80)) } ?? "not there"), "
                        + "not \(value)"
                )
            }
        }
        return .healthy
    }

    private func hint(_ response: Response) -> String {
        guard response.status == 401 || response.status == 403 else { return "" }
        return bearer == nil ? ": no token was sent" : ": the token that was sent is refused"
    }
}
