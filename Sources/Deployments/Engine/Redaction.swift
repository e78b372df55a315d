/// Takes the values of an env file out of what other programs say.
public struct Redaction: Sendable {
    /// Shorter values stand in harmless words, too, and are no secrets.
    private static let letterCountMin = 6

    private let values: [String]

    /// Takes the values to hide.
    ///
    /// - Parameter files: The values of each env file by key; `FEATURE_…` may be shown.
    public init(_ files: [[String: String]]) {
        let secrets = files.flatMap { values in
            values.filter { !$0.key.hasPrefix("FEATURE_") }.values
        }
        values = Set(secrets.filter { $0.count >= Self.letterCountMin })
            .sorted { ($0.count, $0) > ($1.count, $1) }
    }

    /// The same text with `***` in the place of each value.
    ///
    /// - Parameter text: What a program said.
    /// - Returns: What may be shown.
    public func cleaned(_ text: String) -> String {
        values.reduce(text) { text, value in
            text.split(separator: value, omittingEmptySubsequences: false).joined(separator: "***")
        }
    }
}
