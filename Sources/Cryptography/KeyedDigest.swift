/// HMAC-SHA256 (RFC 2104): a digest that nobody can make or test without the key.
public enum KeyedDigest {
    private static let blockByteCount = 64

    /// The digest of a small piece.
    ///
    /// - Parameters:
    ///   - bytes: Any bytes.
    ///   - key: The secret; 32 random bytes are right.
    /// - Returns: Their HMAC.
    public static func digest(of bytes: [UInt8], key: [UInt8]) -> Digest {
        var block = key.count > blockByteCount ? SHA256.digest(of: key).bytes : key
        block += [UInt8](repeating: 0, count: blockByteCount - block.count)
        let inner = SHA256.digest(of: block.map { $0 ^ 0x36 } + bytes)
        return SHA256.digest(of: block.map { $0 ^ 0x5C } + inner.bytes)
    }
}
