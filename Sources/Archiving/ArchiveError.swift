/// Why an archive could not be written, read or unpacked.
public struct ArchiveError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What went wrong, for callers that branch.
    public enum Code: Sendable {
        /// Not an archive of a kind we read.
        case notAnArchive
        /// The archive ends too early.
        case truncated
        /// The archive contradicts itself or its checksums.
        case damaged
        /// The archive holds more than the caller allowed.
        case limitExceeded
        /// A member, or the folder to unpack into, is not safe.
        case refused
        /// The format cannot hold this entry.
        case notRepresentable
        /// The data of an entry are not as long as announced.
        case sizeMismatch
        /// A descriptor could not be read or written.
        case inputOutput
        /// A library could not be set up.
        case setup
    }

    /// What went wrong.
    public let code: Code
    /// What happened to what; names the archive or the member.
    public let message: String
    /// The library's or the system's own text.
    public let cause: String?

    /// One line for people.
    public var description: String { cause.map { "\(message): \($0)" } ?? message }

    init(_ code: Code, _ message: String, cause: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }
}

/// A name of any bytes as text for messages: control characters become spaces.
func printable(_ name: [UInt8]) -> String {
    String(decoding: name.map { $0 < 32 || $0 == 127 ? 32 : $0 }, as: UTF8.self)
}

/// Whether the bytes are UTF-8.
func isUTF8(_ bytes: [UInt8]) -> Bool {
    String(validating: bytes, as: UTF8.self) != nil
}
