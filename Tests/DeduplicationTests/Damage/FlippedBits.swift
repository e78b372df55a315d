import Files
import FoundationEssentials
import Storage
import Testing
import Threads

@testable import Deduplication

extension DamageTests {
    /// One bit of every byte, then a second bit of every byte, and so on until all eight are done.
    ///
    /// The usual run has two seconds, a fair sample. `scripts/torture damage` gives it minutes, and
    /// what one run tried the next does not try again.
    @Test func flippedBits() throws {
        let started = Moment.now
        let seconds = environment["TORTURE_SECONDS"].flatMap { Double($0) } ?? 2
        let folder = environment["TORTURE_STATE"]
        let seed = environment["TORTURE_SEED"].flatMap { UInt64($0) } ?? 1
        var progress = try FlipProgress.kept(in: folder) ?? FlipProgress(seed: seed)
        var points = BitPoints(whole.objects, seed: progress.seed)
        if progress.done == points.count {
            progress = FlipProgress(seed: seed)
            points = BitPoints(whole.objects, seed: seed)
        }
        let table = DamageTable(progress.counts)
        let first = progress.done
        let next = Monitor(first)
        let breaches = Monitor(0)
        let failure = Monitor<(any Error)?>(nil)
        let trial = (points: points, table: table)
        let threads = (0..<OwnedThread.recommendedCount).map { thread in
            OwnedThread {
                do {
                    let note = try folder.map { try FlipNote("\($0)/trying-\(thread)") }
                    while Double(Moment.now.nanoseconds - started.nanoseconds) / 1e9 < seconds {
                        let number = next.change { number in
                            defer { number += 1 }
                            return number
                        }
                        guard number < trial.points.count else { return }
                        let point = trial.points[number]
                        try note?.write("\(point.name)\(point.place)")
                        let broken = try flip(point, trial.table)
                        breaches.change { $0 += broken }
                    }
                } catch {
                    failure.change { $0 = error }
                }
            }
        }
        for thread in threads { thread.join() }
        if let error = failure.change({ $0 }) { throw error }
        progress.done = min(next.change { $0 }, points.count)
        progress.breaches += breaches.change { $0 }
        progress.counts = table.counts
        try progress.keep(in: folder)
        #expect(progress.done > first)
        #expect(table.total == progress.done)
        let bytes = min(progress.done, points.byteCount)
        print(
            "damage: tried \(progress.done - first) bits; so far \(bytes) of \(points.byteCount) "
                + "bytes in one bit, \(progress.done) of \(points.count) bits"
        )
        let counts =
            #""points":\#(progress.done - first),"order":\#(progress.seed),"#
            + #""bytes_tried":\#(bytes),"bytes":\#(points.byteCount),"#
            + #""bits_tried":\#(progress.done),"bits":\#(points.count),"#
            + #""breaches":\#(progress.breaches)"#
        try report("bits", table, started, counts)
    }

    private func flip(_ point: BitPoints.Point, _ table: DamageTable) throws -> Int {
        var objects = whole.objects
        objects[point.name]?[point.byte] ^= 1 << point.bit
        return try judge(objects, point.name, "one bit flipped", at: point.place, in: table)
    }
}

/// All bits of a repository in an order that a seed decides, so that a short run is a fair sample.
struct BitPoints {
    struct Point {
        let name: String
        let byte: Int
        let bit: Int

        var place: String { " byte \(byte) bit \(bit)" }
    }

    private let names: [String]
    private let starts: [Int]
    private let seed: UInt64
    private let stride: Int
    let byteCount: Int
    var count: Int { 8 * byteCount }

    init(_ objects: [String: [UInt8]], seed: UInt64) {
        names = objects.keys.sorted()
        var starts: [Int] = []
        var total = 0
        for name in names {
            starts.append(total)
            total += objects[name]?.count ?? 0
        }
        self.starts = starts
        self.seed = seed
        byteCount = total
        // A stride that has no factor in common with the count visits all.
        var stride = Int(seed % 1_000_003) * 2 + 7_919
        while Self.gcd(stride, total) > 1 { stride += 1 }
        self.stride = stride % total
    }

    /// The point of a number: each byte once before any byte twice, each time in another bit.
    subscript(number: Int) -> Point {
        let byte = (number % byteCount) * stride % byteCount
        let bit =
            (Int(truncatingIfNeeded: (UInt64(byte) &* 0x9E37 &+ seed) >> 3) + number / byteCount)
            & 7
        let index = (starts.firstIndex { $0 > byte } ?? starts.count) - 1
        return Point(name: names[index], byte: byte - starts[index], bit: bit)
    }

    private static func gcd(_ a: Int, _ b: Int) -> Int { b == 0 ? a : gcd(b, a % b) }
}

/// How far the runs that share a folder have come, and what they found.
private struct FlipProgress: Codable {
    /// The order in which they try: the first run's seed.
    let seed: UInt64
    var done = 0
    var breaches = 0
    var counts: [DamageTable.Count] = []

    init(seed: UInt64) {
        self.seed = seed
    }

    static func kept(in folder: String?) throws -> FlipProgress? {
        guard let folder, let kept = try? Data(contentsOf: file(folder)) else { return nil }
        return try JSONDecoder().decode(FlipProgress.self, from: kept)
    }

    func keep(in folder: String?) throws {
        guard let folder else { return }
        try JSONEncoder().encode(self).write(to: Self.file(folder), options: .atomic)
    }

    private static func file(_ folder: String) -> URL {
        URL(filePath: folder).appending(path: "bits.json")
    }
}

/// What a thread is trying, where it can be read after a crash.
private final class FlipNote {
    private let file: OpenFile

    init(_ path: String) throws {
        file = try OpenFile(Path(path), .lock)
    }

    func write(_ text: String) throws {
        let line = Array((text + String(repeating: " ", count: max(0, 160 - text.utf8.count))).utf8)
        try unsafe line.withUnsafeBytes { try unsafe file.write($0, at: 0) }
    }
}
