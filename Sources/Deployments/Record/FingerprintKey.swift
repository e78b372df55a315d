internal import Cryptography
public import Files

/// The secret of this machine with which values of env files are told apart and never known.
///
/// It lies in the state folder and in no snapshot: without it a fingerprint says nothing, not even
/// about a value of four digits.
public struct FingerprintKey: Sendable {
    private static let name = Path("fingerprint.key")
    private static let byteCount = 32

    private let bytes: [UInt8]

    /// Reads the key of a state folder, and makes it where there is none.
    ///
    /// - Parameter folder: The state folder.
    /// - Throws: ``FileError``.
    public init(in folder: Path) throws(FileError) {
        let state = try Directory(folder)
        if let found = try state.readNote(Self.name, limitBytes: 4096),
            found.count == Self.byteCount
        {
            bytes = found
            return
        }
        var generator = SystemRandomNumberGenerator()
        let made = (0..<Self.byteCount).map { _ in
            UInt8.random(in: .min ... .max, using: &generator)
        }
        try state.writeNote(Self.name, made)
        bytes = made
    }

    /// Reads the key of a state folder; nil where there is none.
    ///
    /// - Parameter folder: The state folder.
    public init?(existingIn folder: Path) {
        guard let state = try? Directory(folder),
            let found = (try? state.readNote(Self.name, limitBytes: 4096)) ?? nil,
            found.count == Self.byteCount
        else { return nil }
        bytes = found
    }

    /// Takes a key.
    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Tells this key from others; fingerprints of different keys cannot be compared.
    public var id: String {
        String(
            KeyedDigest.digest(of: Array("recover fingerprint key".utf8), key: bytes).hex.prefix(16)
        )
    }

    /// The fingerprint of a value.
    ///
    /// - Parameters:
    ///   - value: The value.
    ///   - name: Whose it is: equal values of two names have different fingerprints.
    /// - Returns: 32 hexadecimal digits.
    public func fingerprint(of value: String, named name: String) -> String {
        fingerprint(of: Array(value.utf8), named: name)
    }

    /// The fingerprint of the bytes of a file.
    ///
    /// - Parameters:
    ///   - value: Its bytes.
    ///   - name: Its name.
    /// - Returns: 32 hexadecimal digits.
    public func fingerprint(of value: [UInt8], named name: String) -> String {
        let message = Array(name.utf8) + [0] + value
        return String(KeyedDigest.digest(of: message, key: bytes).hex.prefix(32))
    }
}
