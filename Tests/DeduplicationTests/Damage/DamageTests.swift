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
@Suite(.serialized) struct DamageTests {
    /// What may be damaged without a word: nothing is read from there for a restore.
    private static let harmless: Set<String> = [
        "README.txt", "restore.sh", "reserve", "tmp", "sessions", "index",
        "snapshots (revoked)",
    ]
    let whole: WholeRepository
    private let oracle: DamageOracle
    private let table = DamageTable()
    let environment = ProcessInfo.processInfo.environment

    init() throws {
        whole = try WholeRepository.shared()
        oracle = DamageOracle(whole: whole)
    }

    /// Judges what is there after something was done to an object, and counts it.
    ///
    /// - Returns: How often the promise was broken; each time is an issue.
    @discardableResult
    func judge(
        _ objects: [String: [UInt8]],
        _ name: String,
        _ damage: String,
        at place: String = "",
        mayBeSilent: Bool = false,
        in counted: DamageTable? = nil
    ) throws -> Int {
        var verdict = try oracle.judge(objects)
        (counted ?? table).count(name, damage, verdict.found)
        if verdict.found == .nobody, !mayBeSilent, !isHarmless(name, objects) {
            verdict.breaches.append("nobody says so")
        }
        for breach in verdict.breaches { Issue.record("\(damage) in \(name)\(place): \(breach)") }
        return verdict.breaches.count
    }

    /// Whether it may be silent about what an object has become.
    private func isHarmless(_ name: String, _ objects: [String: [UInt8]]) -> Bool {
        if Self.harmless.contains(sort(name)) { return true }
        // Beside the removed snapshot stands who removed it, when and why: that is for people.
        return sort(name) == "forgotten" && removed(objects[name]) != nil
            && removed(objects[name]) == removed(whole.objects[name])
    }

    private func removed(_ note: [UInt8]?) -> Snapshot? {
        struct Note: Decodable {
            let snapshot: Snapshot
        }
        let note: Note? = try? CanonicalJSON.decode(note ?? [], name: "note")
        return note?.snapshot
    }

    @Test func coarseDamage() throws {
        let started = Moment.now
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
        try report("coarse", started)
    }

    @Test func swappedAndDuplicated() throws {
        let started = Moment.now
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
        try report("swapped", started)
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
        let started = Moment.now
        for name in whole.objects.keys.sorted() where name.hasPrefix("facts/") {
            var objects = whole.objects
            objects[name] = nil
            try judge(objects, name, "missing", mayBeSilent: true)
        }
        try report("facts", started)
    }

    /// One folder is as it was before, the others are not.
    @Test func rolledBackFolders() throws {
        let started = Moment.now
        for (age, old) in whole.earlier.enumerated() {
            for folder in ["packs", "meta", "index", "snapshots", "forgotten", "facts"] {
                var objects = whole.objects.filter { !$0.key.hasPrefix(folder + "/") }
                objects.merge(old.filter { $0.key.hasPrefix(folder + "/") }) { first, _ in first }
                if objects == whole.objects { continue }
                let isSilent = folder == "index" || folder == "facts"
                try judge(objects, folder + "/", "rolled back by \(2 - age)", mayBeSilent: isSilent)
            }
        }
        try report("rolled back", started)
    }

    /// All of it is as it was before: whole, older, and nothing in it can know.
    @Test func anOlderCopyOfEverythingIsWhole() throws {
        let old = try #require(whole.earlier.last)
        let verdict = try oracle.judge(old, hidden: [try #require(whole.snapshots.last).id])
        #expect(verdict.breaches == [])
        #expect(verdict.found == .nobody)
    }

    /// Prints the table, and keeps it where the torture asks for it.
    private func report(_ part: String, _ started: Moment) throws {
        try report(part, table, started, #""points":\#(table.total)"#)
    }

    /// The same for a table of its own, with the counts of the line of figures.
    func report(
        _ part: String,
        _ table: DamageTable,
        _ started: Moment,
        _ counts: String
    ) throws {
        print(table.text)
        if let folder = environment["TORTURE_STATE"] {
            let url = URL(filePath: folder).appending(path: "damage-\(part).md")
            try Data(table.text.utf8).write(to: url)
        }
        guard let figures = environment["TORTURE_FIGURES"] else { return }
        let seconds = Double(Moment.now.nanoseconds - started.nanoseconds) / 1e9
        let seed = environment["TORTURE_SEED"] ?? "0"
        let line =
            #"{"group":"damage","part":"\#(part)","seed":\#(seed),"#
            + #""started":"\#(started.rfc3339)","seconds":\#(seconds),\#(counts)}"#
        let file = try OpenFile(Path(figures), .append)
        try file.append(Array((line + "\n").utf8))
    }
}
