/// What a value of the configuration may be.
///
/// The one description behind reading, `config show` and `config schema`.
indirect enum Shape: Sendable {
    case text(TextRule)
    case flag
    case count(ClosedRange<Int>)
    case duration(minimumSeconds: Int)
    case size
    case percent
    case choice([String])
    case list(Shape, unique: Bool, minimum: Int)
    /// Names chosen by the user, each with a value.
    case table(Shape, names: TextRule)
    case record(Record)
    /// One of several records, told apart by the first key of each; a bare value stands for the
    /// key `short`.
    case variants([Record], short: String)
    /// The first that the value fits.
    case either(Shape, Shape)
    /// Any mapping: the JSON that an answer must contain.
    case expectation

    /// A list of different texts.
    static func names(_ rule: TextRule, minimum: Int = 0) -> Shape {
        .list(.text(rule), unique: true, minimum: minimum)
    }

    /// A program with its arguments.
    static func command(minimum: Int) -> Shape {
        .list(.text(.argument), unique: false, minimum: minimum)
    }

    /// The shape in words, behind "expected".
    var expected: String {
        switch self {
        case .text(let rule): rule.expected
        case .flag: "true or false"
        case .count(let range) where range.count == 1: "the number \(range.lowerBound)"
        case .count(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .duration(0): "a duration such as 30s, 10m, 24h or 7d"
        case .duration(let minimum): "a duration such as 10m, at least \(minimum)s"
        case .size: "a size such as 20GB or 10GiB"
        case .percent: "a percentage such as 90%"
        case .choice(let words): "one of \(words.joined(separator: ", "))"
        case .list: "a list"
        case .table, .expectation: "a mapping"
        case .record(let record): record.short == nil ? "a mapping" : "a mapping or its short form"
        case .variants: "a path or a mapping"
        case .either(let first, let second): "\(first.expected), or \(second.expected)"
        }
    }

    /// Whether a refused value may stand in a message.
    var mayBeShown: Bool {
        guard case .text(let rule) = self else { return true }
        return rule.mayBeShown
    }
}

/// A mapping with known keys.
struct Record: Sendable {
    let keys: [Key]
    /// The key that a bare value stands for.
    var short: String?

    init(short: String? = nil, _ keys: [Key]) {
        self.keys = keys
        self.short = short
    }
}

/// One key of a record.
struct Key: Sendable {
    enum Presence: Sendable {
        case required
        /// The value that holds where there is none, as YAML.
        case standard(String)
        /// What happens where there is none, in words.
        case optional(String)
    }

    let name: String
    let shape: Shape
    let presence: Presence
    let help: String
    /// Whether `config show` hides the value.
    let isMasked: Bool

    private init(
        _ name: String,
        _ shape: Shape,
        _ presence: Presence,
        _ help: String,
        isMasked: Bool = false
    ) {
        self.name = name
        self.shape = shape
        self.presence = presence
        self.help = help
        self.isMasked = isMasked
    }

    static func required(_ name: String, _ shape: Shape, _ help: String) -> Key {
        Key(name, shape, .required, help)
    }

    static func standard(
        _ name: String,
        _ shape: Shape,
        _ value: String,
        _ help: String
    ) -> Key {
        Key(name, shape, .standard(value), help)
    }

    static func optional(
        _ name: String,
        _ shape: Shape,
        otherwise note: String,
        _ help: String,
        isMasked: Bool = false
    ) -> Key {
        Key(name, shape, .optional(note), help, isMasked: isMasked)
    }
}
