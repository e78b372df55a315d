/// What to ask for, and how long to be patient.
public struct Request: Sendable {
    /// An `http` or `https` URL without user name and password.
    public var url: String
    /// Sent besides libcurl's own; the place for secrets.
    public var headers: [Header] = []
    /// Seconds until a connection must stand.
    public var connectTimeoutSeconds = 5
    /// Seconds the response may flow slower than 1 000 bytes a second before it is given up.
    public var stallTimeoutSeconds = 10
    /// Bytes of body to accept.
    public var bodyByteCountMax = 1 << 20

    /// Describes a request without sending it.
    ///
    /// - Parameter url: An `http` or `https` URL without user name and password.
    public init(url: String) {
        self.url = url
    }
}
