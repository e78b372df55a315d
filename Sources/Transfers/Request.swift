/// What to ask for, and how long to be patient.
public struct Request: Sendable {
    /// An `http` or `https` URL without user name and password.
    public var url: String
    /// The verb.
    public var method = "GET"
    /// Sent besides libcurl's own; the place for secrets.
    public var headers: [Header] = []
    /// What is sent; nil for none.
    public var body: [UInt8]?
    /// Whether a second request does no harm: libcurl sends one where the peer closed a
    /// connection that was kept without saying a word.
    public var isRepeatable = true
    /// Whom to trust.
    public var trust = TrustOptions()
    /// Seconds until a connection must stand.
    public var connectTimeoutSeconds = 5
    /// Seconds the exchange may flow slower than 1 000 bytes a second before it is given up.
    public var stallTimeoutSeconds = 10
    /// Bytes of body to accept; what a receiver takes does not count.
    public var bodyByteCountMax = 1 << 20
    /// Asked now and then, also while nothing flows, whether to give up.
    public var isCancelled: @Sendable () -> Bool = { false }

    /// Describes a request without sending it.
    ///
    /// - Parameter url: An `http` or `https` URL without user name and password.
    public init(url: String) {
        self.url = url
    }
}
