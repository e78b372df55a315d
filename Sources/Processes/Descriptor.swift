internal import CLinux
internal import Glibc

/// An open file of ours, closed exactly once.
struct Descriptor: ~Copyable {
    /// Above 2, so that placing it at 0, 1 or 2 of the child cannot overwrite another of ours.
    let number: Int32

    private init(number: Int32) {
        self.number = number
    }

    deinit { close(number) }

    /// Takes the result of a C call that opens a descriptor.
    static func owning(
        _ number: Int32,
        _ purpose: String
    ) throws(ProcessError) -> Descriptor {
        guard number >= 0 else {
            throw ProcessError(.system, "cannot open \(purpose)", cause: errorText(errno))
        }
        guard number <= 2 else { return Descriptor(number: number) }
        let raised = fcntl(number, F_DUPFD_CLOEXEC, 3)
        let error = errno
        close(number)
        guard raised >= 0 else {
            throw ProcessError(.system, "cannot open \(purpose)", cause: errorText(error))
        }
        return Descriptor(number: raised)
    }

    /// The standard input of a child: nothing, or these bytes in a file in memory.
    ///
    /// A file needs no writer beside the child, and cannot raise SIGPIPE in ours.
    static func input(_ bytes: [UInt8]?) throws(ProcessError) -> Descriptor {
        guard let bytes else {
            return try owning(unsafe open("/dev/null", O_RDONLY | O_CLOEXEC), "/dev/null")
        }
        let file = try owning(unsafe recover_memory_file("stdin"), "a file in memory")
        var written = 0
        while written < bytes.count {
            let start = written
            let count = unsafe bytes.withUnsafeBytes {
                unsafe pwrite(
                    file.number,
                    $0.baseAddress?.advanced(by: start),
                    $0.count - start,
                    off_t(start)
                )
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw ProcessError(.system, "cannot keep the input", cause: errorText(errno))
            }
            written += count
        }
        return file
    }
}

/// The two ends of a pipe, both closed on exec.
struct Pipe: ~Copyable {
    let reader: Descriptor
    let writer: Descriptor

    init() throws(ProcessError) {
        var ends: [Int32] = [-1, -1]
        guard
            unsafe ends.withUnsafeMutableBufferPointer({ unsafe recover_pipe($0.baseAddress) }) == 0
        else { throw ProcessError(.system, "cannot open a pipe", cause: errorText(errno)) }
        let reader = try Descriptor.owning(ends[0], "a pipe")
        let writer = try Descriptor.owning(ends[1], "a pipe")
        self.reader = reader
        self.writer = writer
        _ = fcntl(self.reader.number, F_SETFL, O_NONBLOCK)
    }

    /// Closes our copy of the writing end, so that the end of the child's output can be seen.
    consuming func readerOnly() -> Descriptor { reader }
}

func errorText(_ number: Int32) -> String {
    unsafe String(cString: strerror(number))
}
