internal import Glibc

/// A thread of our own: blocking in it starves nobody else, unlike in a shared pool.
public final class OwnedThread: Sendable {
    private let finished = Monitor(false)

    /// Starts a thread.
    ///
    /// - Parameter body: Runs once, on the new thread.
    public init(_ body: @escaping @Sendable () -> Void) {
        let box = Box(body, finished)
        var thread = pthread_t()
        let argument = unsafe Unmanaged.passRetained(box).toOpaque()
        let code = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            argument
        )
        precondition(code == 0, "the system has no more threads")
        pthread_detach(thread)
    }

    /// Waits until the body has returned and is gone, with all that only it held.
    public func join() {
        finished.wait { $0 ? () : nil }
    }

    private final class Box: @unchecked Sendable {
        private var body: (@Sendable () -> Void)?
        private let finished: Monitor<Bool>

        init(_ body: @escaping @Sendable () -> Void, _ finished: Monitor<Bool>) {
            self.body = body
            self.finished = finished
        }

        /// Whoever joins may end the life of what the body leans on: let go of it before that.
        func run() {
            body?()
            body = nil
            finished.change { $0 = true }
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
