internal import Glibc

/// A thread of our own: blocking in it starves nobody else, unlike in a shared pool.
public final class OwnedThread: Sendable {
    private let finished = Monitor(false)

    /// Starts a thread.
    ///
    /// - Parameter body: Runs once, on the new thread.
    public init(_ body: @escaping @Sendable () -> Void) {
        let finished = self.finished
        let box = Box {
            body()
            finished.change { $0 = true }
        }
        var thread = pthread_t()
        let argument = unsafe Unmanaged.passRetained(box).toOpaque()
        let code = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            },
            argument
        )
        precondition(code == 0, "the system has no more threads")
        pthread_detach(thread)
    }

    /// Waits until the body has returned.
    public func join() {
        finished.wait { $0 ? () : nil }
    }

    private final class Box: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }

    /// How many threads of work keep this machine busy: its cores, at least two so that
    /// reading and hashing overlap.
    public static var recommendedCount: Int {
        max(2, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }
}

extension OwnedThread {
    /// Lets the calling thread sleep.
    ///
    /// - Parameter milliseconds: How long at least, unless a signal comes.
    public static func pause(milliseconds: UInt32) {
        usleep(milliseconds * 1000)
    }
}
