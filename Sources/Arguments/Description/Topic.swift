/// A page of help about something other than a command.
public struct Topic: Sendable {
    /// The word after `help`.
    public let name: String
    /// What the page is about, on one line.
    public let summary: String
    /// The page: paragraphs parted by empty lines; lines that begin with a space are kept as is.
    public let text: String

    /// Describes one.
    ///
    /// - Parameters:
    ///   - name: The word after `help`.
    ///   - summary: What the page is about.
    ///   - text: The page.
    public init(_ name: String, _ summary: String, text: String) {
        self.name = name
        self.summary = summary
        self.text = text
    }

    /// The page made of the exit codes; a program with such codes has it without declaring it.
    static let exitCodes = Topic("exit-codes", "What the exit codes tell", text: "")
}
