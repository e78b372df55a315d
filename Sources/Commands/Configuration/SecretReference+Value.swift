internal import Files

extension SecretReference {
    /// Reads the secret; never printed, and never part of an error.
    ///
    /// - Parameter environment: Where variables are looked up.
    /// - Returns: The value without a line feed at its end.
    /// - Throws: ``CommandFailure`` with the name of the variable or file.
    func value(_ environment: [String: String]) throws(CommandFailure) -> String {
        let text: String
        switch self {
        case .environment(let name):
            guard let found = environment[name], !found.isEmpty else {
                throw CommandFailure(
                    .configuration,
                    "secret-missing",
                    "the variable \(name) is not set",
                    next: "set \(name), or name a file: \"file:PATH\""
                )
            }
            text = found
        case .file(let path):
            do throws(FileError) {
                let bytes = try OpenFile(Path(path), .read).readAll(limitBytes: 64 << 10)
                text = String(decoding: bytes, as: UTF8.self)
            } catch {
                throw CommandFailure(error, doing: "read a secret")
            }
        }
        return String(text.reversed().drop { $0.isNewline }.reversed())
    }
}
