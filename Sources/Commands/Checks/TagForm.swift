/// Whether a TAG has a form that the configuration allows.
struct TagForm {
    private let formats: [Configuration.TagFormat]

    init(_ release: Configuration.Release) {
        formats = release.tagFormats
    }

    func accepts(_ tag: String) -> Bool {
        formats.contains { format in
            switch format {
            case .date: Self.isDate(tag)
            case .sha: Self.isCommit(tag)
            case .any: !tag.isEmpty
            }
        }
    }

    /// For people.
    var text: String {
        formats.map { format in
            switch format {
            case .date: "YYYY.MM.DD"
            case .sha: "a commit of 7 to 40 hexadecimal digits"
            case .any: "anything"
            }
        }.joined(separator: " or ")
    }

    /// `YYYY.MM.DD`, a day that is in the calendar.
    private static func isDate(_ tag: String) -> Bool {
        let parts = tag.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in
            part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(part) : nil
        }
        guard parts.map(\.count) == [4, 2, 2], numbers.count == 3 else { return false }
        let (year, month, day) = (numbers[0], numbers[1], numbers[2])
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...12).contains(month) && (1...lengths[month - 1]).contains(day)
    }

    private static func isCommit(_ tag: String) -> Bool {
        (7...40).contains(tag.count)
            && tag.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
