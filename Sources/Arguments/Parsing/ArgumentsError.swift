/// A command line that says nothing the program can do.
public struct ArgumentsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong with it.
    public enum Code: Sendable {
        /// No command by that name.
        case unknownCommand
        /// A command was expected, and the line ends.
        case missingCommand
        /// No page of help by that name.
        case unknownTopic
        /// No option by that name for this command.
        case unknownOption
        /// An option or positional without a value, or with an empty one.
        case missingValue
        /// A flag with a value.
        case unexpectedValue
        /// An option given twice that holds one value.
        case duplicateOption
        /// An option that has to be given, or one of several, is absent.
        case missingOption
        /// A word that has to be given is absent.
        case missingPositional
        /// A word more than the command takes.
        case surplusPositional
        /// Two that exclude one another.
        case excludedCombination
        /// A value that is none of those allowed.
        case badChoice
    }

    /// What is wrong.
    public let code: Code
    /// What is wrong in words, with near names, and at the end the command to run next.
    public let message: String
    /// Where the refused value comes from, when it was not on the command line.
    public let cause: String?

    /// The message, then the cause.
    public var description: String {
        cause.map { "\(message) (\($0))" } ?? message
    }
}
