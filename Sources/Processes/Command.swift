/// A program with its arguments and surroundings, ready to run any number of times.
///
/// Arguments go to the program as they are: no shell reads them.
public struct Command: Sendable {
    /// Where the two output streams of a program go.
    public enum Output: Equatable, Sendable {
        /// Kept, at most so many bytes of each stream: the first half and the last.
        case captured(byteCountMax: Int)
        /// To our own standard output and standard error.
        case passedThrough
    }

    /// The program, a path or a name to look up in the environment's `PATH`, and its arguments.
    public var arguments: [String]
    /// All variables of the program.
    public var environment: Environment
    /// The working folder as raw bytes; a relative program path counts from here.
    public var folder: [UInt8] = [UInt8(ascii: ".")]
    /// Bytes of standard input; `nil` is `/dev/null`.
    public var input: [UInt8]?
    /// What becomes of the output.
    public var output = Output.captured(byteCountMax: 65_536)
    /// Seconds until the program and its process group get SIGTERM; `nil` waits for ever.
    public var deadlineSeconds: Double?
    /// Seconds between SIGTERM and SIGKILL.
    public var graceSeconds = 5.0

    /// Describes a command without running it.
    ///
    /// - Parameters:
    ///   - arguments: The program and its arguments.
    ///   - environment: All variables of the program.
    public init(_ arguments: [String], environment: Environment) {
        self.arguments = arguments
        self.environment = environment
    }
}
