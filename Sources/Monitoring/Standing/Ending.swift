public import Operations

/// How a run ended, in the four words that monitors know, and a fifth that they never see.
public enum Ending: String, Sendable, CaseIterable {
    /// It did its work and has nothing to say.
    case ok
    /// It did its work, and there is something to know.
    case warning
    /// It did not do its work, or not all of it.
    case failed
    /// It failed and put back what was there.
    case reverted
    /// It was put off, or not meant so: this says nothing about the stack.
    case skipped

    /// Whether a person has to look.
    public var isFailure: Bool { self == .failed || self == .reverted }
}

extension Outcome {
    /// Lock held, not found, unconfirmed, a wrong command line, put off.
    private static let skippingCodes: Set<Int32> = [11, 25, 26, 64, 75]

    /// The same for monitors; the exit code alone decides, warnings tell 0 from 0.
    public var ending: Ending {
        switch exitCode {
        case 0: warnings.isEmpty ? .ok : .warning
        case 21: .reverted
        case let code where Self.skippingCodes.contains(code): .skipped
        default: .failed
        }
    }

    /// Whether it was about named components only, so that it says nothing of the others.
    public var isPartial: Bool { facts.figures["partial"] == 1 }
}

extension Outcome.Problem {
    /// The word with what it is about: two problems of one key are the same one.
    public var key: String { component.map { "\(code) \($0)" } ?? code }
}
