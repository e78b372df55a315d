public import Transfers

/// Where a Qdrant is, and as whom to ask it.
public struct QdrantAddress: Sendable {
    /// How we say who we are; the value is a secret.
    public enum Credential: Sendable {
        /// Nothing is said.
        case none
        /// A key or a token in the header `api-key`.
        case apiKey(String)
        /// The same as `Authorization: Bearer`.
        case bearer(String)
    }

    /// Scheme, host and port, without a slash at the end.
    public var url: String
    /// As whom to ask.
    public var credential = Credential.none
    /// Whom to trust over TLS.
    public var trust = TrustOptions()
    /// How often a request that failed is sent again, where that is safe.
    public var retryLimit = 3
    /// Seconds an answer may take to begin or to go on.
    public var patienceSeconds = 60
    /// Seconds a server that does not answer is waited for in the middle of a step that must be ended,
    /// in all: as many as a container takes to come up again, however few retries are wanted elsewhere.
    public var absenceSeconds: Double { min(max(60, 20 * Double(retryLimit)), 300) }
    /// Seconds the server may take to make a snapshot, while which it says nothing.
    public var creationSeconds = 3600

    /// Names a server.
    ///
    /// - Parameter url: Scheme, host and port; a slash at the end is dropped.
    public init(url: String) {
        self.url = String(url.reversed().drop { $0 == "/" }.reversed())
    }

    /// The number of retries that the environment asks for.
    ///
    /// - Parameter text: The value of `QDRANT_MAX_RETRIES`.
    /// - Returns: Nil where it is no number from 0 to 100.
    public static func retryLimit(_ text: String) -> Int? {
        guard let number = Int(text), (0...100).contains(number) else { return nil }
        return number
    }

    /// The headers that say who we are.
    var headers: [Header] {
        switch credential {
        case .none: []
        case .apiKey(let key): [Header("api-key", key)]
        case .bearer(let token): [Header("Authorization", "Bearer \(token)")]
        }
    }
}
