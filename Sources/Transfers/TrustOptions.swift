/// Whom to trust over TLS, and as whom to speak.
public struct TrustOptions: Equatable, Sendable {
    /// A file of PEM certificates to trust instead of the system's.
    public var authorityFile: String?
    /// A file with our own certificate, PEM.
    public var certificateFile: String?
    /// The file with its private key, PEM.
    public var keyFile: String?

    /// The system's authorities, and no certificate of our own.
    public init() {}
}
