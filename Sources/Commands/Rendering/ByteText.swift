/// Sizes for people: decimal units, one place after the point.
enum ByteText {
    private static let units = ["B", "KB", "MB", "GB", "TB", "PB"]

    static func text(_ byteCount: UInt64) -> String {
        var value = Double(byteCount)
        var unit = 0
        while value >= 999.95, unit + 1 < units.count {
            value /= 1000
            unit += 1
        }
        if unit == 0 { return "\(byteCount) B" }
        let tenths = UInt64((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
