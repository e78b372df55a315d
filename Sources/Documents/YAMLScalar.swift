/// A single value: its text, and whether it was written plain.
public struct YAMLScalar: Sendable, Hashable {
    /// How the text was written.
    public enum Style: Sendable, Hashable {
        /// Without quotes, so that it may mean a number, a truth value or nothing.
        case plain
        /// In quotes, as a block, or tagged as a string: always text.
        case quoted
    }

    /// What a scalar means in the core schema of YAML 1.2, made stricter.
    ///
    /// Text stays text unless it is exactly a null, `true` or `false`, or a decimal number:
    /// `no`, `on`, `0777`, `0x1F`, `1_000`, `12:30:00`, `.inf` and dates are all text, and so is a
    /// number too large to hold exactly.
    public enum Value: Sendable, Hashable {
        /// Nothing: empty, `~` or `null`.
        case null
        /// `true` or `false`.
        case boolean(Bool)
        /// A decimal whole number without leading zeros.
        case integer(Int)
        /// A decimal number with a fraction or an exponent.
        case number(Double)
        /// Anything else.
        case text(String)
    }

    /// The characters, with quotes and escapes removed.
    public let text: String
    /// How they were written.
    public let style: Style

    /// A scalar made by the caller.
    public init(_ text: String, style: Style) {
        self.text = text
        self.style = style
    }

    /// What the scalar means.
    public var value: Value {
        guard style == .plain else { return .text(text) }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .boolean(true)
        case "false", "False", "FALSE": return .boolean(false)
        default: return number ?? .text(text)
        }
    }

    /// The scalar as a number: a sign, digits without a leading zero, a fraction, an exponent.
    private var number: Value? {
        var rest = Substring(text)
        if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
        let whole = rest.takeDigits()
        guard !whole.isEmpty, whole == "0" || whole.first != "0" else { return nil }
        if rest.isEmpty { return Int(text).map(Value.integer) }
        if rest.first == "." {
            rest.removeFirst()
            guard !rest.takeDigits().isEmpty else { return nil }
        }
        if rest.first == "e" || rest.first == "E" {
            rest.removeFirst()
            if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
            guard !rest.takeDigits().isEmpty else { return nil }
        }
        guard rest.isEmpty, let number = Double(text), number.isFinite else { return nil }
        return .number(number)
    }
}

extension Substring {
    fileprivate mutating func takeDigits() -> Substring {
        let digits = prefix { "0"..."9" ~= $0 && $0.isASCII }
        removeFirst(digits.count)
        return digits
    }
}
