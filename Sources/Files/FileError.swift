internal import Glibc

/// A call to the kernel about a file that failed.
public struct FileError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is, as far as callers decide by it.
    public enum Code: Sendable {
        /// Nothing is there by that name.
        case notFound
        /// Something is there by that name already.
        case exists
        /// The rights do not suffice.
        case permission
        /// No space, or the quota is used up.
        case full
        /// The file system is mounted read-only.
        case readOnly
        /// A part of the path is a symbolic link, or the links form a loop.
        case link
        /// A folder stands where a file was expected, or the reverse.
        case kind
        /// Somebody else holds it.
        case busy
        /// Source and target lie on two file systems.
        case crossDevice
        /// The file system cannot do this.
        case unsupported
        /// The file ended before the wanted bytes.
        case truncated
        /// Anything else, such as an input/output error.
        case other
    }

    /// What kind of failure it is.
    public let code: Code
    /// What was tried, on which path, and the kernel's own words.
    public let message: String
    /// The kernel's error number; 0 for a truncated file.
    public let errorNumber: Int32

    /// A failure of our own finding.
    ///
    /// - Parameters:
    ///   - code: Its kind.
    ///   - message: What failed, with the path.
    public init(code: Code, message: String) {
        self.code = code
        self.message = message
        errorNumber = 0
    }

    init(_ errorNumber: Int32, _ action: String, _ path: Path) {
        code = Self.code(errorNumber)
        let words = unsafe String(cString: strerror(errorNumber))
        message = "\(action) \(path): \(words)"
        self.errorNumber = errorNumber
    }

    /// The message.
    public var description: String { message }

    private static func code(_ errorNumber: Int32) -> Code {
        switch errorNumber {
        case ENOENT: .notFound
        case EEXIST, ENOTEMPTY: .exists
        case EACCES, EPERM: .permission
        case ENOSPC, EDQUOT, EFBIG: .full
        case EROFS: .readOnly
        case ELOOP: .link
        case ENOTDIR, EISDIR: .kind
        case EBUSY, EWOULDBLOCK, ETXTBSY: .busy
        case EXDEV: .crossDevice
        case ENOTSUP, ENOSYS, EINVAL: .unsupported
        default: .other
        }
    }
}
