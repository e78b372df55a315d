internal import CLinux
internal import Glibc

/// A started program until its end is known; leaves no zombie on any path.
struct Child: ~Copyable {
    /// How long what a program wrote is taken up after its end, while others keep writing.
    private static let drainSeconds = 0.25

    private let pid: pid_t
    private let program: String
    private var output: OutputPipe
    private var errors: OutputPipe
    private var isReaped = false

    init(
        pid: pid_t,
        program: String,
        output: consuming OutputPipe,
        errors: consuming OutputPipe
    ) {
        self.pid = pid
        self.program = program
        self.output = output
        self.errors = errors
    }

    deinit {
        guard !isReaped else { return }
        kill(-pid, SIGKILL)
        while waitpid(pid, nil, 0) < 0, errno == EINTR {}
    }

    /// Collects output until the program itself has ended, stopping its group past the deadline.
    mutating func wait(
        deadlineSeconds: Double?,
        graceSeconds: Double
    ) throws(ProcessError) -> CommandResult {
        let watcher = Watcher(pid: pid)
        var limit = deadlineSeconds.map { Moment.now + $0 }
        var reachedDeadline = false
        while try !hasEnded() {
            if let moment = limit, Moment.now >= moment {
                kill(-pid, reachedDeadline ? SIGKILL : SIGTERM)
                limit = reachedDeadline ? nil : Moment.now + graceSeconds
                reachedDeadline = true
            }
            watcher.pause(output.number, errors.number, until: limit)
            _ = output.collect()
            _ = errors.collect()
        }
        // Not reaped yet, the child still holds its group's number: nobody else can be hit.
        if reachedDeadline { kill(-pid, SIGKILL) }
        let end = try reap()
        drain()
        return CommandResult(
            end: end,
            reachedDeadline: reachedDeadline,
            output: output.captured,
            errors: errors.captured
        )
    }

    private func hasEnded() throws(ProcessError) -> Bool {
        let state = recover_has_ended(pid)
        guard state >= 0 else { throw unwatchable(errno) }
        return state == 1
    }

    private mutating func reap() throws(ProcessError) -> CommandResult.End {
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0 {
            guard errno == EINTR else { throw unwatchable(errno) }
        }
        isReaped = true
        let signal = status & 0x7f
        return signal == 0 ? .exited(status: (status >> 8) & 0xff) : .signaled(number: signal)
    }

    /// Takes what the program wrote before its end: it is all in the pipes already.
    ///
    /// Whoever else still holds the pipes may write for ever, hence the bound.
    private mutating func drain() {
        let limit = Moment.now + Self.drainSeconds
        while Moment.now < limit {
            let hadOutput = output.collect()
            let hadErrors = errors.collect()
            guard hadOutput || hadErrors else { return }
        }
    }

    private func unwatchable(_ number: Int32) -> ProcessError {
        ProcessError(.system, "cannot watch \(program)", cause: errorText(number))
    }
}
