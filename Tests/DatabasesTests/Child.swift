import Glibc

@testable import Databases

/// A process started by a test; POSIX locks only show between processes.
final class Child {
    private var processID: pid_t = 0

    init(_ arguments: [String]) throws {
        var words = unsafe (["/usr/bin/env"] + arguments).map { unsafe strdup($0) }
        unsafe words.append(nil)
        defer { for index in unsafe words.indices { unsafe free(words[index]) } }
        let code = unsafe posix_spawn(&processID, "/usr/bin/env", nil, nil, words, environ)
        if code != 0 { throw TestFailure("cannot start \(arguments)") }
    }

    deinit { kill() }

    static func fixture(_ name: String, of file: String = #filePath) -> String {
        let parts = file.split(separator: "/").dropLast(2)
        return "/" + parts.joined(separator: "/") + "/Fixtures/" + name
    }

    /// Waits until the process has made a file.
    func wait(for file: [UInt8]) throws {
        for _ in 0..<10_000 {
            if FileStamp(of: file) != nil { return }
            usleep(1000)
        }
        throw TestFailure("\(file.shown) did not appear")
    }

    @discardableResult
    func wait() -> Int32 {
        var status: Int32 = 0
        unsafe waitpid(processID, &status, 0)
        processID = 0
        return status
    }

    func kill(_ signal: Int32 = SIGKILL) {
        guard processID != 0 else { return }
        Glibc.kill(processID, signal)
        wait()
    }
}
