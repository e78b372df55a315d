/// One exit code of the program and what it tells.
public struct ExitCode: Sendable {
    /// The number.
    public let code: Int32
    /// What it tells, in a few words.
    public let meaning: String

    /// Describes one.
    ///
    /// - Parameters:
    ///   - code: The number.
    ///   - meaning: What it tells.
    public init(_ code: Int32, _ meaning: String) {
        self.code = code
        self.meaning = meaning
    }
}
