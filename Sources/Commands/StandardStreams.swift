internal import Glibc

/// The descriptors 0, 1 and 2, of which a caller may have closed some.
enum StandardStreams {
    /// Takes those that are closed, so that no file of ours gets their number and with it what
    /// was meant for a person.
    ///
    /// Writing to standard output then still fails, as it must; to standard error it is lost, there
    /// being nobody else to tell.
    static func hold() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            // The lowest free number is given, which is this one.
            _ = unsafe open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
