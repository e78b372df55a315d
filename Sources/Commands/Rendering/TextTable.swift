/// Rows under headings, every column as wide as its widest cell.
struct TextTable {
    enum Alignment {
        case left
        case right
    }

    private let columns: [(heading: String, alignment: Alignment)]
    private var rows: [[String]] = []

    init(_ columns: [(heading: String, alignment: Alignment)]) {
        self.columns = columns
    }

    /// Adds a row.
    ///
    /// - Parameter cells: One text a column.
    mutating func add(_ cells: [String]) {
        precondition(cells.count == columns.count, "a row has a cell for each column")
        rows.append(cells.map(VisibleText.line))
    }

    /// The table line by line; no line ends with spaces.
    var lines: [String] {
        let all = [columns.map(\.heading)] + rows
        let widths = columns.indices.map { column in
            all.reduce(0) { max($0, VisibleText.columns($1[column])) }
        }
        return all.map { cells in
            var line = ""
            for (column, cell) in cells.enumerated() {
                let room = String(
                    repeating: " ",
                    count: widths[column] - VisibleText.columns(cell)
                )
                line += columns[column].alignment == .left ? cell + room : room + cell
                line += "  "
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
