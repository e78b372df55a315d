/// What the name of a copy says.
enum CopyName {
    private static let endings = [
        ".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".tar.bz2", ".tar", ".zip", ".7z", ".dump",
        ".sql", ".sql.gz", ".db", ".sqlite", ".sqlite3", ".bak", ".backup", ".snapshot", ".gz",
    ]
    private static let suffixes = [".backup", ".bak", ".old", ".orig", ".copy", ".save", "~"]

    /// Whether it is a copy whose name holds a day and no time of day.
    static func isByDay(_ name: String) -> Bool {
        let lower = name.lowercased()
        guard let ending = endings.first(where: lower.hasSuffix) else { return false }
        let bytes = Array(lower.utf8.dropLast(ending.utf8.count))
        // Marks between year, month and day do not matter; what follows them does.
        var index = 0
        while index < bytes.count {
            guard isDigit(bytes[index]) else {
                index += 1
                continue
            }
            let (groups, end) = numbers(bytes, from: index)
            if isDay(groups) { return true }
            index = end
        }
        return false
    }

    /// Runs of digits with one mark between each two, such as those of `2026-01-14`.
    private static func numbers(_ bytes: [UInt8], from start: Int) -> ([[UInt8]], Int) {
        var groups: [[UInt8]] = [[]]
        var index = start
        while index < bytes.count {
            if isDigit(bytes[index]) {
                groups[groups.count - 1].append(bytes[index])
            } else if "-_.t".utf8.contains(bytes[index]), index + 1 < bytes.count,
                isDigit(bytes[index + 1])
            {
                groups.append([])
            } else {
                break
            }
            index += 1
        }
        return (groups, index)
    }

    private static func isDay(_ groups: [[UInt8]]) -> Bool {
        func number(_ digits: ArraySlice<UInt8>) -> Int {
            digits.reduce(0) { $0 * 10 + Int($1) - 0x30 }
        }
        let digits = groups.flatMap { $0 }
        // More digits are a time of day, or a number of the run.
        guard digits.count == 8, groups.count == 1 || groups.map(\.count) == [4, 2, 2] else {
            return false
        }
        return (1990...2200).contains(number(digits[0..<4]))
            && (1...12).contains(number(digits[4..<6])) && (1...31).contains(number(digits[6..<8]))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }

    /// The file that it is a copy of, by its name; nil for others.
    static func original(_ name: String) -> String? {
        guard let suffix = suffixes.first(where: { name.hasSuffix($0) }),
            name.utf8.count > suffix.utf8.count
        else { return nil }
        return String(name.dropLast(suffix.count))
    }
}
