internal import Glibc

/// The one seam between this project and the kernel's file calls: repeats what a signal
/// interrupted and turns -1 into a typed error.
enum SystemCall {
    /// Runs a call that answers -1 on failure.
    ///
    /// - Parameters:
    ///   - action: What is tried, for the message, such as `open`.
    ///   - path: The path it is tried on.
    ///   - call: The call itself; it may run several times.
    /// - Returns: The call's answer.
    /// - Throws: ``FileError``.
    @discardableResult
    static func check<Answer: FixedWidthInteger & SignedInteger>(
        _ action: String,
        _ path: Path,
        _ call: () -> Answer
    ) throws(FileError) -> Answer {
        while true {
            let answer = call()
            if answer != -1 { return answer }
            let number = errno
            if number != EINTR { throw FileError(number, action, path) }
        }
    }
}

extension Path {
    /// Lends the path as a C string for the time of one call.
    /// - Throws: ``None``.
    func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        var terminated = bytes
        terminated.append(0)
        return unsafe terminated.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("never empty") }
            return unsafe base.withMemoryRebound(to: CChar.self, capacity: buffer.count) {
                unsafe body($0)
            }
        }
    }
}
