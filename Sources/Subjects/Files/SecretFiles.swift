public import Files

/// Which files look like secrets: environment files and private keys.
///
/// Until repositories are encrypted they are kept only where the configuration says so.
public enum SecretFiles {
    private static let keyEndings = [".key", ".p12", ".pfx", ".jks", ".keystore", ".env"]
    private static let keyNames: Set<String> = [
        ".env", ".netrc", ".pgpass", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519",
    ]
    private static let samples = [".sample", ".example", ".template", ".dist"]

    /// Whether a live file is one that a capture leaves out.
    ///
    /// - Parameters:
    ///   - folder: The folder from which the path counts.
    ///   - path: The file.
    /// - Returns: Whether it looks like a secret.
    public static func isSecret(_ folder: Path, _ path: Path) -> Bool {
        isSecret(path.lastComponent) {
            let file = try? OpenFile(folder.appending(path), .read)
            return (try? file?.readAll(limitBytes: 1 << 20)) ?? []
        }
    }

    /// Whether a file looks like a secret as far as its name tells.
    ///
    /// - Parameter name: Its name.
    /// - Returns: True also where only its first bytes could tell.
    static func mayBeSecret(_ name: Path) -> Bool {
        isSecret(name) { Array("PRIVATE KEY-----".utf8) }
    }

    /// Whether a file looks like a secret.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - start: Reads its first bytes; asked only where the name does not decide.
    /// - Returns: The verdict.
    public static func isSecret(_ name: Path, start: () -> [UInt8]) -> Bool {
        let text = name.description.lowercased()
        if samples.contains(where: text.hasSuffix) || text.contains(".example.") { return false }
        if keyNames.contains(text) || text.hasPrefix(".env.") { return true }
        if keyEndings.contains(where: text.hasSuffix) { return true }
        guard text.hasSuffix(".pem") else { return false }
        return String(decoding: start(), as: UTF8.self).contains("PRIVATE KEY-----")
    }
}
