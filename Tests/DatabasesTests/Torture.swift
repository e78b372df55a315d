import Glibc

@testable import Databases

/// Takes snapshots of the ordered writer's databases and looks for missing commits.
final class Torture {
    enum Mode: Sendable {
        /// As it should be.
        case barrier
        /// Databases that were left out are not looked at again.
        case withoutSecondLook
        /// Every database is opened and pinned in its turn, without locks.
        case oneAfterAnother
    }

    struct Found {
        var snapshots = 0
        var violations = 0
        var failures = 0
        /// How many databases were left out, over all snapshots.
        var skipped = 0
        /// How often a database had to join, over all snapshots.
        var joined = 0
        var attempts = 0
        var heldMicroseconds: [Int64] = []
    }

    /// What a database holds: the last commit in it, and what all had reached by then.
    private struct State {
        let number: Int64
        let reached: [Int64]
    }

    private let scratch = try? Scratch()
    private let isLong: Bool
    private let paths: [[UInt8]]
    private let report: [UInt8]
    private let writer: Child
    private var stamps: [[UInt8]: DatabaseStamp] = [:]
    private var states: [[UInt8]: State] = [:]

    init(isLong: Bool) throws {
        guard let scratch else { throw TestFailure("no scratch folder") }
        self.isLong = isLong
        paths = (0..<12).map { scratch.path(($0 < 10 ? "0" : "") + "\($0).db") }
        report = scratch.path("report")
        let ready = scratch.path("ready")
        writer = try Child([
            "python3", Child.fixture("ordered_writer.py"), scratch.text, ready.shown, report.shown,
            "12", "800", isLong ? "3" : "12",
        ])
        try writer.wait(for: ready)
    }

    /// Ends the writer.
    ///
    /// - Returns: Its report.
    func stop() throws -> [String: Int] {
        writer.kill(SIGTERM)
        let text = String(decoding: try scratch?.read(report) ?? [], as: UTF8.self)
        let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
        return Dictionary(
            lines.map { (String($0[0]), Int($0[1]) ?? -1) },
            uniquingKeysWith: { one, _ in one }
        )
    }

    func run(_ mode: Mode, snapshots: Int, untilViolation: Bool = false) throws -> Found {
        var found = Found()
        while found.snapshots < snapshots, !untilViolation || found.violations == 0 {
            try takeSnapshot(mode, &found)
            found.snapshots += 1
            if isMissingACommit { found.violations += 1 }
            if isLong { usleep(200_000) }
        }
        found.heldMicroseconds.sort()
        return found
    }

    private func takeSnapshot(_ mode: Mode, _ found: inout Found) throws {
        if mode == .oneAfterAnother {
            let pinned = try paths.map { path in
                let candidate = try Candidate(
                    path,
                    waitMilliseconds: 1000,
                    refusesLog: { _ in false }
                )
                candidate.pin()
                return PinnedDatabase(candidate)
            }
            for pinned in pinned { try keep(pinned) }
            return
        }
        let unchanged = UnchangedDatabases(
            among: paths,
            known: stamps,
            settlingNanoseconds: isLong ? DatabaseStamp.settlingNanoseconds : 30_000_000
        )
        // A stack with thousands of files takes a while between the two.
        usleep(isLong ? 50_000 : 10_000)
        var joined: [[UInt8]] = []
        let result = WriteBarrier().pin(unchanged.changed) {
            if mode == .barrier { joined = unchanged.moved() }
            return joined
        }
        found.skipped += paths.count - result.databases.count
        found.joined += joined.count
        found.failures += result.failures.count + (result.isOneInstant ? 0 : 1)
        found.attempts += result.attempts
        found.heldMicroseconds.append(result.heldNanoseconds / 1000)
        for pinned in result.databases { try keep(pinned) }
    }

    /// Copies a database and remembers what is in the copy.
    private func keep(_ pinned: PinnedDatabase) throws {
        let copy = try pinned.copy(to: pinned.path.adding(suffix: ".copy"))
        pinned.release()
        let database = try Database(finished: copy.path)
        let statement = try database.prepare("SELECT number, reached FROM state", "read")
        guard try statement.step("read") else { throw TestFailure("no state") }
        let reached = statement.text(1).split(separator: " ").compactMap { Int64($0) }
        states[pinned.path] = State(number: statement.number(0), reached: reached)
        stamps[pinned.path] = pinned.stamp
        _ = unsafe copy.path.withCString { unsafe unlink($0) }
    }

    /// Whether the last commit of the snapshot knows of a commit that is not in it.
    private var isMissingACommit: Bool {
        guard let last = states.values.max(by: { $0.number < $1.number }) else { return false }
        return zip(paths, last.reached).contains { path, number in
            (states[path]?.number ?? 0) < number
        }
    }
}
