/// One header field of a request or a response.
public struct Header: Equatable, Sendable {
    /// The name; compare without regard to case.
    public let name: String
    /// The value without surrounding blanks.
    public let value: String

    /// Makes a header field.
    ///
    /// - Parameters:
    ///   - name: The name, a token of RFC 9110.
    ///   - value: The value; may be a secret.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Whether it can be sent without becoming something else: no line breaks, a proper name.
    var isSendable: Bool {
        !name.isEmpty && name.utf8.allSatisfy { isTokenByte($0) }
            && !value.utf8.contains { $0 == 0 || $0 == 10 || $0 == 13 }
    }

    private func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
