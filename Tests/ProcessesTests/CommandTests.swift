import Glibc
import Processes
import Testing

private let basic = Environment(["PATH": "/usr/bin:/bin", "LC_ALL": "C"])

private func shell(_ script: String) -> Command {
    Command(["sh", "-c", script], environment: basic)
}

/// Seconds a piece of work took.
private func seconds(_ work: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    let elapsed = try clock.measure(work)
    return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
}

@Suite struct CommandTests {
    @Test func bothStreamsAndTheStatusAreReported() throws {
        let result = try shell("echo out; echo err >&2; exit 7").run()
        #expect(result.end == .exited(status: 7))
        #expect(result.output.text == "out\n")
        #expect(result.errors.text == "err\n")
        #expect(!result.succeeded)
    }

    @Test func aSignalIsAResult() throws {
        let result = try shell("kill -9 $$").run()
        #expect(result.end == .signaled(number: SIGKILL))
        #expect(!result.reachedDeadline)
    }

    @Test func argumentsReachTheProgramAsTheyAre() throws {
        let odd = ["a b", "$HOME", "", "*", "'\"\\", "\u{d55c}\n"]
        let result = try Command(["printf", "[%s]"] + odd, environment: basic).run()
        #expect(result.output.text == odd.map { "[\($0)]" }.joined())
    }

    @Test func theEnvironmentIsExactlyTheGivenOne() throws {
        var command = Command(["env"], environment: basic)
        command.environment.values["SPELL"] = "a=b"
        let lines = try command.run().output.text.split(separator: "\n").sorted()
        #expect(lines == ["LC_ALL=C", "PATH=/usr/bin:/bin", "SPELL=a=b"])
    }

    @Test func namedSecretsAreScrubbed() {
        let all = Environment.inherited(without: [])
        let scrubbed = Environment.inherited(without: ["PATH"])
        #expect(all.values["PATH"]?.isEmpty == false)
        #expect(scrubbed.values["PATH"] == nil)
        #expect(scrubbed.values.count == all.values.count - 1)
    }

    @Test func inputAndFolderAreGiven() throws {
        var command = shell("cat; pwd")
        command.input = Array(repeating: UInt8(ascii: "x"), count: 300_000)
        command.folder = Array("/usr/bin".utf8)
        command.output = .captured(byteCountMax: 1_000_000)
        let text = try command.run().output.text
        #expect(text.count == 300_000 + "/usr/bin\n".count)
        #expect(text.hasSuffix("x/usr/bin\n"))
    }

    @Test func inputIsEmptyUnlessGiven() throws {
        #expect(try shell("wc -c; exit 3").run().output.text == "0\n")
    }

    @Test func onlyTheStandardDescriptorsAreInherited() throws {
        let open = unsafe Glibc.open("/dev/null", O_RDONLY)  // Without O_CLOEXEC, on purpose.
        defer { close(open) }
        let result = try shell("ls /proc/$$/fd").run()
        #expect(result.output.text == "0\n1\n2\n")
    }

    @Test func theProgramLeadsItsOwnGroup() throws {
        let fields = try shell("cut -d' ' -f1,5 /proc/$$/stat").run().output.text
            .split(whereSeparator: { $0 == " " || $0 == "\n" })
        #expect(fields.count == 2 && fields[0] == fields[1])
        #expect(fields.first.map(String.init) != String(getpgrp()))
    }

    @Test func longOutputKeepsHeadAndTail() throws {
        var command = shell("printf first; yes | head -c 3000000; printf last")
        command.output = .captured(byteCountMax: 1_000)
        let output = try command.run().output
        #expect(output.byteCount == 3_000_009)
        #expect(output.head.count == 500 && output.tail.count == 500)
        #expect(output.omittedByteCount == 2_999_009)
        #expect(output.text.hasPrefix("firsty") && output.text.hasSuffix("y\nlast"))
        #expect(output.text.contains("[2999009 bytes left out]"))
    }

    @Test func theDeadlineStopsTheWholeGroup() throws {
        var command = shell("sleep 60 & echo $!; wait")
        command.deadlineSeconds = 0.2
        var result: CommandResult?
        let elapsed = try seconds { result = try command.run() }
        #expect(result?.reachedDeadline == true && result?.succeeded == false)
        #expect(result?.end == .signaled(number: SIGTERM))
        #expect(elapsed < 2)
        let sleeper = try #require(result.flatMap { pid_t($0.output.text.dropLast()) })
        for _ in 0..<100 where kill(sleeper, 0) == 0 && isRunning(sleeper) { usleep(10_000) }
        #expect(!isRunning(sleeper))
    }

    @Test func whoIgnoresTheRequestIsKilled() throws {
        var command = shell("trap '' TERM; echo ready; while :; do sleep 0.05; done")
        command.deadlineSeconds = 0.3
        command.graceSeconds = 0.2
        let result = try command.run()
        #expect(result.end == .signaled(number: SIGKILL))
        #expect(result.reachedDeadline && result.output.text == "ready\n")
    }

    @Test(arguments: ["sleep 30 & echo done", "yes & echo done"])
    func aGrandchildWithThePipesOpenDoesNotHangUs(script: String) throws {
        // The group stays, as a daemon would; the number is printed so that the test can end it.
        var result: CommandResult?
        let elapsed = try seconds { result = try shell("echo $$; \(script)").run() }
        let text = try #require(result?.output.text)
        let group = try #require(text.split(separator: "\n").first.flatMap { pid_t($0) })
        kill(-group, SIGKILL)
        #expect(elapsed < 2)
        #expect(result?.succeeded == true)
    }

    @Test func noZombieIsLeft() throws {
        let text = try shell("echo $$").run().output.text
        let pid = try #require(pid_t(text.dropLast()))
        #expect(waitpid(pid, nil, WNOHANG) == -1 && errno == ECHILD)
    }

    @Test func manyThreadsRunProgramsAtOnce() async throws {
        let texts = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<40 {
                group.addTask { try shell("echo \(number); echo \(number) >&2").run().output.text }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(texts.count == 40)
    }
}

@Suite struct CommandErrorTests {
    @Test(arguments: [
        ["no-such-program-here"], ["/no/such/program"], ["/etc/passwd"], ["/etc/passwd/x"],
    ])
    func aMissingProgramIsNamed(arguments: [String]) {
        let error = #expect(throws: ProcessError.self) {
            try Command(arguments + ["secret"], environment: basic).run()
        }
        #expect(error?.code == .programNotFound)
        #expect(error?.message.contains(arguments[0]) == true)
        #expect(error?.description.contains("secret") == false)
    }

    @Test func theProgramIsFoundByTheGivenPathOnly() {
        let error = #expect(throws: ProcessError.self) {
            try Command(["sh", "-c", "exit"], environment: Environment([:])).run()
        }
        #expect(error?.code == .programNotFound)
    }

    @Test func aMissingFolderIsNamed() {
        var command = shell("exit")
        command.folder = Array("/no/such/folder".utf8)
        let error = #expect(throws: ProcessError.self) { try command.run() }
        #expect(error?.code == .folderUnusable)
        #expect(error?.description.contains("/no/such/folder") == true)
    }

    @Test(arguments: [[], [""], ["sh", "a\0b"]])
    func whatCannotBePassedOnIsRefused(arguments: [String]) {
        let error = #expect(throws: ProcessError.self) {
            try Command(arguments, environment: basic).run()
        }
        #expect(error?.code == .invalidCommand)
    }
}

/// Whether a process exists and is no zombie (an orphan's zombie waits for init, not for us).
private func isRunning(_ pid: pid_t) -> Bool {
    guard let file = unsafe fopen("/proc/\(pid)/stat", "r") else { return false }
    defer { unsafe fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    _ = unsafe fgets(&line, 256, file)
    return !line.map { UInt8(bitPattern: $0) }.starts(with: Array("\(pid) (sleep) Z".utf8))
}
