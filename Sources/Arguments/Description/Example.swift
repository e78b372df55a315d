/// A command line worth copying.
public struct Example: Sendable {
    /// The whole line, with the program's name.
    public let line: String
    /// What it does, in one sentence.
    public let effect: String

    /// Describes one.
    ///
    /// - Parameters:
    ///   - line: The whole line, with the program's name.
    ///   - effect: What it does.
    public init(_ line: String, _ effect: String) {
        self.line = line
        self.effect = effect
    }
}
