internal import CLinux

/// The variables a program is started with.
public struct Environment: Equatable, Sendable {
    /// Values by name.
    public var values: [String: String]

    /// Makes an environment of exactly these variables.
    ///
    /// - Parameter values: Values by name.
    public init(_ values: [String: String]) {
        self.values = values
    }

    /// The environment of this process without the named secrets.
    ///
    /// Variables that are not UTF-8 are left out: they could not be handed on unchanged.
    ///
    /// - Parameter secrets: Names to leave out.
    /// - Returns: A copy; later changes of this process's environment do not reach it.
    public static func inherited(without secrets: Set<String>) -> Environment {
        var values: [String: String] = [:]
        guard var next = unsafe recover_environment() else { return Environment(values) }
        while let entry = unsafe next.pointee {
            if let text = unsafe String(validatingCString: entry),
                let separator = text.firstIndex(of: "=")
            {
                values[String(text[..<separator])] = String(text[separator...].dropFirst())
            }
            unsafe next += 1
        }
        for name in secrets { values[name] = nil }
        return Environment(values)
    }
}
