/// What a command asks of several options or positionals together.
///
/// Members are written as on the command line: `--tag` for an option, `SNAPSHOT` for a positional.
public struct Constraint: Sendable {
    /// The options and positionals concerned.
    public let members: [String]
    /// Whether one of them has to be given.
    public let isRequired: Bool

    /// These exclude one another.
    ///
    /// - Parameter members: Two or more of them.
    /// - Returns: The constraint.
    public static func atMostOne(_ members: String...) -> Constraint {
        Constraint(members: members, isRequired: false)
    }

    /// These exclude one another, and one has to be given.
    ///
    /// - Parameter members: Two or more of them.
    /// - Returns: The constraint.
    public static func exactlyOne(_ members: String...) -> Constraint {
        Constraint(members: members, isRequired: true)
    }

    /// This option has to be given.
    ///
    /// - Parameter option: The option.
    /// - Returns: The constraint.
    public static func required(_ option: String) -> Constraint {
        Constraint(members: [option], isRequired: true)
    }
}
