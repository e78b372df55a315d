extension EnvironmentEdit {
    /// What a shell takes to give a key another value; a comment behind it stays.
    ///
    /// - Parameters:
    ///   - key: Its name.
    ///   - value: As it will stand in the file.
    ///   - path: The file.
    /// - Returns: One command of GNU sed.
    static func words(_ key: String, _ value: String, in path: String) -> String {
        let quotes = #"\x22[^\x22]*\x22|\x27[^\x27]*\x27"#
        let plain = #"[^[:space:]#\x22\x27][^[:space:]]*([[:blank:]]+[^[:space:]#][^[:space:]]*)*"#
        let name = key.split(separator: ".", omittingEmptySubsequences: false).joined(
            separator: "\\."
        )
        let escaped = value.map { "\\&/".contains($0) ? "\\\($0)" : "\($0)" }.joined()
        let script =
            "s/^([[:blank:]]*(export +)?\(name)=)([[:blank:]]*(\(quotes)|\(plain)))?/\\1\(escaped)/"
        return "sed -E -i --follow-symlinks \(shell(script)) \(shell(path))"
    }

    /// A word that a shell takes as it stands.
    private static func shell(_ text: String) -> String {
        "'"
            + text.split(separator: "'", omittingEmptySubsequences: false).joined(
                separator: "'\\''"
            )
            + "'"
    }
}
