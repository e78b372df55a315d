internal import Transfers

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
            response = try transfer.get(request)
        } catch {
            return .unhealthy(error.description)
        }
        guard response.status == status else {
            return .unhealthy("\(url) answers \(response.status), not \(status)")
        }
        if let bodyText, !String(decoding: response.body, as: UTF8.self).contains(bodyText) {
            return .unhealthy("the answer of \(url) does not hold the expected text")
        }
        guard !values.isEmpty else { return .healthy }
        guard let document = JSONValue(response.body) else {
            return .unhealthy("the answer of \(url) is no JSON")
        }
        for (path, value) in values {
            let found = document[path: path]?.text
            if found != value {
                return .unhealthy(
                    "\(path) of \(url) is \(found.map { String($0.prefix(80)) } ?? "not there"), "
                        + "not \(value)"
                )
            }
        }
        return .healthy
    }
}
