/// What the peer answered, whatever it thinks of the request.
public struct Response: Equatable, Sendable {
    /// The HTTP status; redirects come as they are.
    public let status: Int
    /// The header fields in the order received.
    public let headers: [Header]
    /// The whole body.
    public let body: [UInt8]

    /// The first value of a header field.
    ///
    /// - Parameter name: The name in any case.
    /// - Returns: The value, or `nil` when the peer did not send the field.
    public func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }
}
