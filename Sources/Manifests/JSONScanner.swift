/// Walks over JSON as bytes without building a tree.
///
/// Bounded: nesting deeper than 32 is an error, and nothing is allocated but what is returned.
struct JSONScanner {
    private let bytes: [UInt8]
    private(set) var position: Int
    private let end: Int

    init(_ bytes: [UInt8], range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    init(_ bytes: [UInt8]) {
        self.init(bytes, range: 0..<bytes.count)
    }

    var isAtEnd: Bool { position == end }

    func fail(_ what: String) -> ManifestError {
        ManifestError(code: .malformed, message: "manifest byte \(position): \(what)")
    }

    mutating func expect(_ byte: UInt8) throws(ManifestError) {
        guard position < end, bytes[position] == byte else {
            throw fail("expected \(Character(Unicode.Scalar(byte)))")
        }
        position += 1
    }

    /// Steps over the byte where it comes next.
    mutating func skip(_ byte: UInt8) -> Bool {
        guard position < end, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    func peek() -> UInt8? {
        position < end ? bytes[position] : nil
    }

    mutating func string() throws(ManifestError) -> [UInt8] {
        let start = position
        if let plain = try plainString() { return Array(plain) }
        position = start + 1
        return try escapedString(from: position)
    }

    /// A text as it lies in the line, or nil where it holds an escape; then nothing was consumed
    /// that ``string()`` does not read again.
    mutating func plainString() throws(ManifestError) -> ArraySlice<UInt8>? {
        try expect(0x22)
        let start = position
        while position < end {
            let byte = bytes[position]
            if byte == 0x22 {
                position += 1
                return bytes[start..<(position - 1)]
            }
            if byte == 0x5C { return nil }
            guard byte >= 0x20 else { throw fail("a control character in a text") }
            position += 1
        }
        throw fail("a text without an end")
    }

    /// A text of digits in a base of at most ten, such as a time or a mode.
    mutating func digits<Number: FixedWidthInteger>(
        radix: Number = 10
    ) throws(ManifestError) -> Number {
        guard let text = try plainString(), !text.isEmpty else { throw fail("expected digits") }
        let isNegative = text.first == 0x2D
        var value: Number = 0
        for byte in isNegative ? text.dropFirst() : text {
            guard byte >= 0x30, byte < 0x30 + UInt8(radix) else { throw fail("not a number") }
            let (times, over) = value.multipliedReportingOverflow(by: radix)
            let digit = Number(byte - 0x30)
            let (sum, more) =
                isNegative
                ? times.subtractingReportingOverflow(digit) : times.addingReportingOverflow(digit)
            guard !over, !more else { throw fail("a number that is too large") }
            value = sum
        }
        return value
    }

    private mutating func escapedString(from start: Int) throws(ManifestError) -> [UInt8] {
        var result = Array(bytes[start..<position])
        while position < end {
            let byte = bytes[position]
            position += 1
            if byte == 0x22 { return result }
            guard byte >= 0x20 else { throw fail("a control character in a text") }
            guard byte == 0x5C else {
                result.append(byte)
                continue
            }
            guard position < end else { break }
            let escape = bytes[position]
            position += 1
            switch escape {
            case 0x22, 0x5C, 0x2F: result.append(escape)
            case 0x62: result.append(0x08)
            case 0x66: result.append(0x0C)
            case 0x6E: result.append(0x0A)
            case 0x72: result.append(0x0D)
            case 0x74: result.append(0x09)
            case 0x75: result.append(contentsOf: String(try scalar()).utf8)
            default: throw fail("an unknown escape")
            }
        }
        throw fail("a text without an end")
    }

    private mutating func scalar() throws(ManifestError) -> Character {
        let high = try hexUnit()
        var value = high
        if (0xD800..<0xDC00).contains(high) {
            try expect(0x5C)
            try expect(0x75)
            let low = try hexUnit()
            guard (0xDC00..<0xE000).contains(low) else { throw fail("half a surrogate pair") }
            value = 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(value) else { throw fail("no such character") }
        return Character(scalar)
    }

    private mutating func hexUnit() throws(ManifestError) -> UInt32 {
        guard position + 4 <= end,
            let value = UInt32(
                String(decoding: bytes[position..<(position + 4)], as: UTF8.self),
                radix: 16
            )
        else { throw fail("expected four hexadecimal digits") }
        position += 4
        return value
    }

    mutating func unsigned() throws(ManifestError) -> UInt64 {
        let start = position
        var value: UInt64 = 0
        while position < end, (0x30...0x39).contains(bytes[position]) {
            let (times, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, more) = times.addingReportingOverflow(UInt64(bytes[position] - 0x30))
            guard !over, !more else { throw fail("a number that is too large") }
            value = sum
            position += 1
        }
        guard position > start else { throw fail("expected a number") }
        return value
    }

    mutating func boolean() throws(ManifestError) -> Bool {
        for (word, value) in [("true", true), ("false", false)] {
            let letters = Array(word.utf8)
            if position + letters.count <= end,
                bytes[position..<(position + letters.count)].elementsEqual(letters)
            {
                position += letters.count
                return value
            }
        }
        throw fail("expected true or false")
    }

    /// Calls the body after each `"key":`; the body must consume the value.
    mutating func object(
        _ body: (inout JSONScanner, [UInt8]) throws(ManifestError) -> Void
    ) throws(ManifestError) {
        try expect(0x7B)
        if skip(0x7D) { return }
        while true {
            let key = try string()
            try expect(0x3A)
            try body(&self, key)
            if skip(0x2C) { continue }
            try expect(0x7D)
            return
        }
    }

    /// Calls the body before each element; the body must consume it.
    mutating func array(
        _ body: (inout JSONScanner) throws(ManifestError) -> Void
    ) throws(ManifestError) {
        try expect(0x5B)
        if skip(0x5D) { return }
        while true {
            try body(&self)
            if skip(0x2C) { continue }
            try expect(0x5D)
            return
        }
    }

    /// Steps over any value and returns where it lay.
    mutating func value(depth: Int = 0) throws(ManifestError) -> Range<Int> {
        guard depth < 32 else { throw fail("nested too deeply") }
        let start = position
        switch peek() {
        case 0x22: _ = try string()
        case 0x7B:
            try object { (scanner, _) throws(ManifestError) in
                _ = try scanner.value(depth: depth + 1)
            }
        case 0x5B:
            try array { (scanner) throws(ManifestError) in _ = try scanner.value(depth: depth + 1) }
        default:
            while let byte = peek(), byte != 0x2C, byte != 0x7D, byte != 0x5D { position += 1 }
            guard position > start else { throw fail("expected a value") }
        }
        return start..<position
    }
}
