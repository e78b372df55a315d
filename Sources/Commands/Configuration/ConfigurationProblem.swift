/// One thing that is wrong with a configuration.
struct ConfigurationProblem: Sendable, Hashable {
    enum Code: Sendable {
        case syntax
        case unknownKey
        case missingKey
        case wrongValue
        /// A secret stands where only a reference to one may.
        case literalSecret
        /// Two values that do not go together.
        case contradiction
    }

    let code: Code
    let origin: ConfigurationOrigin
    /// What is wrong, beginning with its place and never holding a secret.
    let message: String

    init(_ code: Code, at origin: ConfigurationOrigin, _ text: String) {
        self.code = code
        self.origin = origin
        self.message = "\(origin.place): \(text)"
    }
}
