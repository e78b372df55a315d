internal import Glibc

/// Standard output for data of any size: what was asked for goes there as it is, also under
/// `--quiet`.
struct DataOutput: ~Copyable {
    private static let limitBytes = 65_536

    private var pending: [UInt8] = []
    /// Whether nobody reads any more, as behind `| head`.
    private(set) var isClosed = false

    /// Writes bytes, sooner or later.
    ///
    /// - Parameter bytes: What follows.
    /// - Throws: ``CommandFailure`` where standard output takes no more, as on a full disk.
    mutating func write(_ bytes: some Sequence<UInt8>) throws(CommandFailure) {
        pending.append(contentsOf: bytes)
        if pending.count >= Self.limitBytes { try flush() }
    }

    /// Hands everything over; to be called at the end.
    ///
    /// - Throws: ``CommandFailure`` where standard output takes no more.
    mutating func flush() throws(CommandFailure) {
        var rest = pending[...]
        pending = []
        while !rest.isEmpty, !isClosed {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count)
            }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EPIPE {
                isClosed = true
            } else if errno != EINTR {
                let reason = unsafe String(cString: strerror(errno))
                throw CommandFailure(
                    .failed,
                    "output",
                    "standard output cannot be written: \(reason)",
                    next: "what was written is cut short: remove it"
                )
            }
        }
    }
}
