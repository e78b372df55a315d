/// A command to run, with everything that was said about how.
///
/// Asking for a name the command does not declare, or for the wrong sort of it, is a mistake of
/// the program and stops it; otherwise a misspelt name would read as "not given".
public struct Invocation: Sendable {
    /// The names that lead to the command, outermost first; aliases are resolved.
    public let path: [String]

    struct Given: Sendable {
        var values: [String]
        let origin: ValueOrigin
    }

    let declared: [String: Option]
    let given: [String: Given]
    let words: [String: [String]]

    /// Whether a flag is set.
    ///
    /// - Parameter name: Its long name.
    /// - Returns: Whether it is.
    public func flag(_ name: String) -> Bool { count(name) > 0 }

    /// How often a flag is set, as in `-vv`.
    ///
    /// - Parameter name: Its long name.
    /// - Returns: The number of times.
    public func count(_ name: String) -> Int {
        precondition(declared[name]?.isFlag == true, "no flag --\(name) is declared here")
        return given[name]?.values.count ?? 0
    }

    /// The value of an option that holds one.
    ///
    /// - Parameter name: Its long name.
    /// - Returns: The value; `nil` when not given.
    public func string(_ name: String) -> String? {
        precondition(declared[name]?.isRepeatable != true, "--\(name) may have several values")
        return strings(name).first
    }

    /// All values of an option, in the order given.
    ///
    /// - Parameter name: Its long name.
    /// - Returns: The values.
    public func strings(_ name: String) -> [String] {
        precondition(declared[name]?.isFlag == false, "no --\(name) with a value is declared here")
        return given[name]?.values ?? []
    }

    /// The value of an option whose choices are the raw values of an enumeration.
    ///
    /// - Parameters:
    ///   - name: Its long name.
    ///   - type: The enumeration; every choice declared is one of its raw values.
    /// - Returns: The case; `nil` when not given.
    public func choice<Value: RawRepresentable>(
        _ name: String,
        as type: Value.Type = Value.self
    ) -> Value? where Value.RawValue == String {
        guard let word = string(name) else { return nil }
        guard let value = Value(rawValue: word) else {
            preconditionFailure("'\(word)' of --\(name) is no case of \(Value.self)")
        }
        return value
    }

    /// Where an option's value comes from.
    ///
    /// - Parameter name: Its long name.
    /// - Returns: The origin; `nil` when not given.
    public func origin(_ name: String) -> ValueOrigin? {
        precondition(declared[name] != nil, "no --\(name) is declared here")
        return given[name]?.origin
    }

    /// The word given for a positional that takes one.
    ///
    /// - Parameter name: Its name in capitals.
    /// - Returns: The word; `nil` when left out.
    public func positional(_ name: String) -> String? { positionals(name).first }

    /// The words given for a positional, in their order.
    ///
    /// - Parameter name: Its name in capitals.
    /// - Returns: The words.
    public func positionals(_ name: String) -> [String] {
        guard let words = words[name] else { preconditionFailure("no \(name) is declared here") }
        return words
    }
}
