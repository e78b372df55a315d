/// Where something stands in a document; both numbers count from 1, columns in characters.
public struct DocumentPosition: Sendable, Hashable {
    /// The line, from 1.
    public let line: Int
    /// The column in characters, from 1.
    public let column: Int

    /// A place in a document.
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}
