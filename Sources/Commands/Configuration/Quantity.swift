/// Numbers with a unit, as a person writes them.
enum Quantity {
    static let durationPattern = "^[0-9]{1,10}[smhd]$"
    static let sizePattern = "^[0-9]{1,15}(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$"
    static let percentPattern = "^(100|[0-9]{1,2})%$"

    private static let seconds = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
    private static let bytes = [
        "B": 1, "kB": 1_000, "KB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000,
        "TB": 1_000_000_000_000, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
    ]

    /// Seconds of `30s`, `10m`, `24h` or `7d`.
    static func durationSeconds(_ text: String) -> Int? {
        product(text, digits: 10, units: seconds)
    }

    /// Bytes of `20GB`, which counts in thousands, or `10GiB`, which counts in 1024s.
    static func sizeBytes(_ text: String) -> Int? {
        product(text, digits: 15, units: bytes)
    }

    /// The number of `90%`, from 0 to 100.
    static func percent(_ text: String) -> Int? {
        guard let percent = product(text, digits: 3, units: ["%": 1]), percent <= 100 else {
            return nil
        }
        return text == "\(percent)%" || text.utf8.count == 3 ? percent : nil
    }

    /// The number times its unit; nil for no number, no unit, or more than an `Int` holds.
    private static func product(_ text: String, digits: Int, units: [String: Int]) -> Int? {
        let number = text.prefix { $0.isASCII && $0.isNumber }
        guard number.count <= digits, let count = Int(number),
            let unit = units[String(text[number.endIndex...])]
        else { return nil }
        let (result, overflow) = count.multipliedReportingOverflow(by: unit)
        return overflow ? nil : result
    }
}
