internal import CCrypto

/// A running SHA-256; owns its libcrypto context.
///
/// Not thread-safe: one thread at a time. Reuse one value for many digests; making the
/// context costs more than hashing a small file.
@safe
public struct SHA256: ~Copyable, @unchecked Sendable {
    private let context: OpaquePointer

    // Fetched once: looking the algorithm up takes libcrypto longer than hashing 4 KiB.
    private static let algorithm = Algorithm()

    /// Starts an empty digest.
    public init() {
        guard let context = unsafe EVP_MD_CTX_new() else {
            preconditionFailure("libcrypto has no memory for a digest")
        }
        unsafe self.context = context
        start()
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    private func start() {
        let ready = unsafe EVP_DigestInit_ex2(context, Self.algorithm.pointer, nil)
        precondition(ready == 1, "libcrypto refuses SHA-256")
    }

    /// Adds bytes.
    ///
    /// - Parameter bytes: Any number of them.
    public mutating func update(_ bytes: RawSpan) {
        let done = unsafe bytes.withUnsafeBytes {
            unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count)
        }
        precondition(done == 1, "libcrypto failed in the middle of a digest")
    }

    /// The digest of what was added so far; more may be added.
    ///
    /// - Returns: The value over all bytes since the last end.
    public borrowing func current() -> Digest {
        var copy = SHA256()
        let done = unsafe EVP_MD_CTX_copy_ex(copy.context, context)
        precondition(done == 1, "libcrypto has no memory for a digest")
        return copy.finish()
    }

    /// Ends the digest and starts an empty one.
    ///
    /// - Returns: The value over all bytes since the last end.
    public mutating func finish() -> Digest {
        var out = [UInt8](repeating: 0, count: Digest.byteCount)
        let done = unsafe out.withUnsafeMutableBufferPointer {
            unsafe EVP_DigestFinal_ex(context, $0.baseAddress, nil)
        }
        precondition(done == 1, "libcrypto failed at the end of a digest")
        start()
        return unsafe Digest(out.span.bytes)
    }

    /// The digest of bytes that are all there.
    ///
    /// - Parameter bytes: Any number of them.
    /// - Returns: Their SHA-256.
    public mutating func digest(of bytes: RawSpan) -> Digest {
        update(bytes)
        return finish()
    }

    /// The digest of a small piece, with a context made for it.
    ///
    /// - Parameter bytes: Any bytes.
    /// - Returns: Their SHA-256.
    public static func digest(of bytes: [UInt8]) -> Digest {
        var hasher = SHA256()
        return unsafe hasher.digest(of: bytes.span.bytes)
    }

    @safe
    private final class Algorithm: @unchecked Sendable {
        let pointer: OpaquePointer

        init() {
            guard let found = unsafe EVP_MD_fetch(nil, "SHA256", nil) else {
                preconditionFailure("libcrypto has no SHA-256")
            }
            unsafe pointer = found
        }
    }
}
