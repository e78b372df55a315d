import Cryptography
import Files
import FoundationEssentials
import Storage
import Testing
import Threads

@testable import Deduplication

/// Whatever happens to a file of a repository is found and named, or harms no snapshot.
///
/// Never a wrong byte, never a crash.
///
/// A sample of all bits in the usual run; `scripts/torture damage` tries each of them.
@Suite(.serialized) struct DamageTests {
    /// What may be damaged without a word: nothing is read from there for a restore.
    private static let harmless: Set<String> = [
        "README.txt", "restore.sh", "reserve", "tmp", "sessions", "index",
        "snapshots (revoked)",
    ]
    private let whole: WholeRepository
    private let oracle: DamageOracle
    private let table = DamageTable()
    private let environment = ProcessInfo.processInfo.environment

    init() throws {
        whole = try WholeRepository.shared()
        oracle = DamageOracle(whole: whole)
    }

    private func judge(
        _ objects: [String: [UInt8]],
        _ name: String,
        _ damage: String,
        mayBeSilent: Bool = false
    ) throws {
        let verdict = try oracle.judge(objects)
        table.count(name, damage, verdict.found)
        for breach in verdict.breaches {
            Issue.record("\(damage) in \(name): \(breach)")
        }
        if verdict.found == .nobody, !mayBeSilent {
            #expect(Self.harmless.contains(DamageTable.sort(of: name)), "\(damage) in \(name)")
        }
    }

    /// Every byte in one bit; in the long form every bit.
    @Test func flippedBits() throws {
        let seed = environment["TORTURE_SEED"].flatMap { UInt64($0) } ?? 1
        let seconds = environment["TORTURE_SECONDS"].flatMap { Double($0) } ?? 2
        let isLong = environment["TORTURE_SECONDS"] != nil && environment["TORTURE_SLICE"] == nil
        let points = BitPoints(whole.objects, seed: seed, isLong: isLong)
        let started = Moment.now
        let first = try points.resumed(environment["TORTURE_STATE"])
        let next = Monitor(first)
        let failure = Monitor<(any Error)?>(nil)
        let threads = (0..<OwnedThread.recommendedCount).map { _ in
            OwnedThread {
                while Double(Moment.now.nanoseconds - started.nanoseconds) / 1e9 < seconds {
                    let number = next.change { number in
                        number += 1
                        return number - 1
                    }
                    guard number < points.count else { return }
                    do {
                        try flip(points[number])
                    } catch {
                        failure.change { $0 = error }
                        return
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        if let error = failure.change({ $0 }) { throw error }
        let done = min(next.change { $0 }, points.count)
        try points.keep(done, in: environment["TORTURE_STATE"])
        #expect(table.total > 0 || first >= points.count)
        print("damage: tried \(table.total) bits, \(first)..<\(done) of \(points.count)")
        try report("bits", seed, Double(Moment.now.nanoseconds - started.nanoseconds) / 1e9)
    }

    private func flip(_ point: BitPoints.Point) throws {
        var objects = whole.objects
        objects[point.name]?[point.byte] ^= 1 << point.bit
        try judge(objects, point.name, "one bit flipped")
    }

    @Test func coarseDamage() throws {
        for (name, bytes) in whole.objects.sorted(by: { $0.key < $1.key }) {
            func damage(_ what: String, _ changed: [UInt8]?) throws {
                if changed == bytes { return }
                var objects = whole.objects
                objects[name] = changed
                try judge(objects, name, what)
            }
            // Every 512 bytes in the long form.
            let step = environment["TORTURE_SECONDS"] == nil ? 3 * 512 : 512
            let cuts = Set(stride(from: step, to: bytes.count, by: step))
                .union([1, bytes.count - 1].filter { $0 > 0 && $0 < bytes.count })
            for cut in cuts.sorted() { try damage("truncated", Array(bytes[..<cut])) }
            try damage("emptied", [])
            if !name.hasPrefix("facts/") { try damage("missing", nil) }
            for start in stride(from: 0, to: bytes.count, by: 4096) {
                var changed = bytes
                let end = min(start + 4096, bytes.count)
                changed.replaceSubrange(
                    start..<end,
                    with: [UInt8](repeating: 0, count: end - start)
                )
                try damage("4 KiB zeroed", changed)
            }
            try damage("lengthened", bytes + [0])
            try damage("lengthened", bytes + [UInt8](repeating: 0, count: 4096))
        }
        try report("coarse", 0, 0)
    }

    @Test func swappedAndDuplicated() throws {
        let names = whole.objects.keys.sorted()
        for name in names {
            for other in names where other > name && sort(other) == sort(name) {
                var objects = whole.objects
                objects[name] = whole.objects[other]
                objects[other] = whole.objects[name]
                if objects != whole.objects { try judge(objects, name, "swapped") }
            }
            var objects = whole.objects
            objects[duplicate(of: name)] = whole.objects[name]
            // A pack or a fact under another name is no object of ours, or a second copy.
            try judge(objects, name, "duplicated", mayBeSilent: true)
        }
        try report("swapped", 0, 0)
    }

    private func sort(_ name: String) -> String { DamageTable.sort(of: name) }

    /// Another name that one of its kind could have.
    private func duplicate(of name: String) -> String {
        let id = String(repeating: "0123456789abcdef", count: 4)
        return switch sort(name) {
        case "packs", "meta": "\(sort(name))/01/\(id).tar"
        case "index": "index/\(id).idx"
        case "snapshots", "forgotten", "sessions": "\(sort(name))/20300101T000000Z-0000.json"
        case let sort where sort.hasPrefix("facts"): "\(sort)/\(id)-00000000.json"
        default: name + ".copy"
        }
    }

    /// What was stated and is gone is learned again; nothing is restored from it.
    @Test func missingFacts() throws {
        for name in whole.objects.keys.sorted() where name.hasPrefix("facts/") {
            var objects = whole.objects
            objects[name] = nil
            try judge(objects, name, "missing", mayBeSilent: true)
        }
        try report("facts", 0, 0)
    }

    /// One folder is as it was before, the others are not.
    @Test func rolledBackFolders() throws {
        for (age, old) in whole.earlier.enumerated() {
            for folder in ["packs", "meta", "index", "snapshots", "forgotten", "facts"] {
                var objects = whole.objects.filter { !$0.key.hasPrefix(folder + "/") }
                objects.merge(old.filter { $0.key.hasPrefix(folder + "/") }) { first, _ in first }
                if objects == whole.objects { continue }
                let isSilent = folder == "index" || folder == "facts"
                try judge(objects, folder + "/", "rolled back by \(2 - age)", mayBeSilent: isSilent)
            }
        }
        try report("rolled back", 0, 0)
    }

    /// All of it is as it was before: whole, older, and nothing in it can know.
    @Test func anOlderCopyOfEverythingIsWhole() throws {
        let old = try #require(whole.earlier.last)
        let verdict = try oracle.judge(old, hidden: [try #require(whole.snapshots.last).id])
        #expect(verdict.breaches == [])
        #expect(verdict.found == .nobody)
    }

    /// Prints the table, and keeps it where the torture asks for it.
    private func report(_ part: String, _ seed: UInt64, _ seconds: Double) throws {
        print(table.text)
        if let folder = environment["TORTURE_STATE"] {
            let url = URL(filePath: folder).appending(path: "damage-\(part).md")
            try Data(table.text.utf8).write(to: url)
        }
        guard let figures = environment["TORTURE_FIGURES"] else { return }
        let line =
            #"{"group":"damage","part":"\#(part)","seed":\#(seed),"#
            + #""started":"\#(Moment.now.rfc3339)","seconds":\#(seconds),"points":\#(table.total)}"#
        let file = try OpenFile(Path(figures), .append)
        try file.append(Array((line + "\n").utf8))
    }
}

/// All bits of a repository in an order that a seed decides, so that a short run is a fair sample.
struct BitPoints {
    struct Point {
        let name: String
        let byte: Int
        let bit: Int
    }

    private let names: [String]
    private let starts: [Int]
    private let byteCount: Int
    private let seed: UInt64
    let count: Int

    init(_ objects: [String: [UInt8]], seed: UInt64, isLong: Bool) {
        names = objects.keys.sorted()
        var starts: [Int] = []
        var total = 0
        for name in names {
            starts.append(total)
            total += objects[name]?.count ?? 0
        }
        self.starts = starts
        byteCount = total
        self.seed = seed
        count = isLong ? total * 8 : total
    }

    /// The point of a number: each byte once before any byte twice.
    subscript(number: Int) -> Point {
        // A stride that has no factor in common with the count visits all.
        var stride = Int(seed % 1_000_003) * 2 + 7_919
        while Self.gcd(stride, byteCount) > 1 { stride += 1 }
        let byte = (number % byteCount) * (stride % byteCount) % byteCount
        let bit =
            (Int(truncatingIfNeeded: (UInt64(byte) &* 0x9E37 &+ seed) >> 3) + number / byteCount)
            & 7
        let index = (starts.firstIndex { $0 > byte } ?? starts.count) - 1
        return Point(name: names[index], byte: byte - starts[index], bit: bit)
    }

    private static func gcd(_ a: Int, _ b: Int) -> Int { b == 0 ? a : gcd(b, a % b) }

    /// Where the last run ended.
    func resumed(_ folder: String?) throws -> Int {
        guard let folder, let text = try? String(contentsOfFile: folder + "/bits", encoding: .utf8),
            let done = Int(text), done < count
        else { return 0 }
        return done
    }

    func keep(_ done: Int, in folder: String?) throws {
        guard let folder else { return }
        try Data("\(done)".utf8).write(to: URL(filePath: folder).appending(path: "bits"))
    }
}
