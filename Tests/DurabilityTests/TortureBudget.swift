import Files
import Glibc

/// What the environment asks of a torture: nothing in the normal run, which takes a slice.
struct TortureBudget {
    /// How long to go on; nil for a slice.
    let seconds: Double?
    let seed: UInt64
    private let started = TortureBudget.now

    init() {
        seconds = Self.variable("TORTURE_SECONDS").flatMap(Double.init)
        seed = Self.variable("TORTURE_SEED").flatMap(UInt64.init) ?? 1
    }

    static func variable(_ name: String) -> String? {
        guard let value = unsafe getenv(name), unsafe value.pointee != 0 else { return nil }
        return unsafe String(cString: value)
    }

    private static var now: Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    var elapsedSeconds: Double { Self.now - started }

    /// Whether there is time for more; a slice ends when its own count is done.
    var hasTime: Bool { elapsedSeconds < (seconds ?? .infinity) }

    /// Adds one line to the figures, where somebody wants them.
    func report(_ group: String, _ counts: [(String, Int)]) throws {
        let fields = counts.map { ",\"\($0.0)\":\($0.1)" }.joined()
        let spent = String(Int(elapsedSeconds * 10)).dropLast()
        let line =
            "{\"group\":\"\(group)\",\"seed\":\(seed),\"started\":\"\(Moment.now.rfc3339)\","
            + "\"seconds\":\(spent.isEmpty ? "0" : spent)\(fields)}\n"
        print(line, terminator: "")
        guard let file = Self.variable("TORTURE_FIGURES") else { return }
        try OpenFile(Path(file), .append).append(Array(line.utf8))
    }
}
