internal import CLinux
internal import Glibc
internal import Synchronization
internal import Threads

/// SIGINT, SIGTERM and SIGHUP: once means stop at the next safe point, twice means now.
enum Signals {
    private static let shared = Mutex<Cancellation?>(nil)

    /// Raises a wish to stop when a signal comes.
    ///
    /// - Parameter cancellation: The wish.
    static func raise(_ cancellation: Cancellation) {
        shared.withLock { $0 = cancellation }
        // Writing to a closed pipe is an error of that write, not the end of a backup.
        signal(SIGPIPE, SIG_IGN)
        // Whoever starts us as `nohup` does wants it to go on when the terminal is gone.
        let hearsHangUp = recover_signal_is_ignored(SIGHUP) == 0
        let awaited = hearsHangUp ? [SIGINT, SIGTERM, SIGHUP] : [SIGINT, SIGTERM]
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in awaited { unsafe sigaddset(&set, number) }
        // Blocked everywhere and taken by one thread, which may do more than a handler may.
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        _ = OwnedThread {
            var set = sigset_t()
            unsafe sigemptyset(&set)
            for number in awaited { unsafe sigaddset(&set, number) }
            while true {
                var number: Int32 = 0
                guard unsafe sigwait(&set, &number) == 0 else { continue }
                let wasRaised = shared.withLock { wish in
                    defer { wish?.raise(number) }
                    return wish?.reason != nil
                }
                if wasRaised { exit(number == SIGTERM ? 143 : 130) }
            }
        }
    }
}
