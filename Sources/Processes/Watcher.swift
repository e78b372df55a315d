internal import CLinux
internal import Glibc

/// Sleeps until a child writes or ends.
struct Watcher: ~Copyable {
    /// Without a pidfd (a kernel before 5.3, or a container's filter) the child is looked at often.
    private static let lookMilliseconds: Int32 = 10

    private let pidfd: Int32

    init(pid: pid_t) {
        pidfd = recover_pidfd_open(pid)
    }

    deinit { if pidfd >= 0 { close(pidfd) } }

    /// Waits for the child, for one of its pipes (-1: none) or for the moment, or a little less.
    func pause(_ output: Int32, _ errors: Int32, until limit: Double?) {
        let events = Int16(POLLIN)
        var watched = [
            pollfd(fd: pidfd, events: events, revents: 0),
            pollfd(fd: output, events: events, revents: 0),
            pollfd(fd: errors, events: events, revents: 0),
        ]
        var pause: Int32 = pidfd >= 0 ? -1 : Self.lookMilliseconds
        if let limit {
            // One more, for the fraction that is cut off: waking early would spin.
            let left = Int32(max(0, min((limit - Moment.now) * 1_000, 1_000_000))) + 1
            pause = pause < 0 ? left : min(pause, left)
        }
        _ = unsafe poll(&watched, nfds_t(watched.count), pause)
    }
}

/// Seconds of a clock that nobody sets.
enum Moment {
    static var now: Double {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
