import Storage
import Support
import Testing
import Threads

@testable import Deduplication

/// What becomes of a repository after something happened to its files, held against the promise:
/// damage is found and named, or every snapshot comes back exactly.
struct DamageOracle {
    /// Who found it.
    enum Found: String, CaseIterable, Codable {
        /// The repository does not open; nothing is given.
        case refused
        case quick
        case full
        case deep
        /// `verify --all` says so and every snapshot comes back exactly.
        case note
        /// Nobody, and every snapshot comes back exactly.
        case nobody
    }

    struct Verdict {
        var found = Found.nobody
        /// What broke the promise.
        var breaches: [String] = []
    }

    let whole: WholeRepository

    /// Judges a set of objects.
    ///
    /// - Parameters:
    ///   - objects: What is there after the damage.
    ///   - hidden: Snapshots that went without a trace: a state as old as the rest.
    /// - Returns: Who found it, and what broke the promise.
    /// - Throws: Where the store cannot be listed.
    func judge(_ objects: [String: [UInt8]], hidden: Set<SnapshotID> = []) throws -> Verdict {
        var verdict = Verdict()
        let store = MemoryStore(objects)
        let repository: Repository
        do throws(RepositoryError) {
            repository = try Repository(store)
        } catch {
            verdict.found = .refused
            return verdict
        }
        var report: CheckReport?
        var hasNotes = false
        for level in CheckLevel.allCases {
            let found = try check(store, level)
            hasNotes = hasNotes || !found.notes.filter { !Self.isUsual($0) }.isEmpty
            guard !found.damage.isEmpty else { continue }
            verdict.found = Found(rawValue: level.rawValue) ?? .nobody
            report = found
            break
        }
        if report == nil, hasNotes { verdict.found = .note }
        let lost = try losses(repository, hidden, &verdict)
        if lost.isEmpty { return verdict }
        guard var report else {
            verdict.breaches.append("nobody says that these are lost: \(lost)")
            return verdict
        }
        if report.level != .deep { report = try check(store, .deep) }
        let touched = report.damage.flatMap(\.touches)
        for loss in lost where !touched.contains(where: { covers($0, loss) }) {
            verdict.breaches.append("nobody names \(loss)")
        }
        for passed in report.passed where lost.contains(where: { $0.snapshot == passed.text }) {
            verdict.breaches.append("\(passed) is said to have passed")
        }
        return verdict
    }

    /// The whole repository has these itself.
    private static func isUsual(_ note: String) -> Bool { note.contains("unfinished files") }

    private func check(_ store: MemoryStore, _ level: CheckLevel) throws -> CheckReport {
        let repository = try Repository(store)
        return try RepositoryCheck(repository, level: level, cancellation: Cancellation()) { _ in }
            .run(try repository.listSnapshots(), isWhole: true)
    }

    private func covers(_ touched: Damage.Touched, _ loss: Damage.Touched) -> Bool {
        touched.snapshot == loss.snapshot
            && (touched.component == nil || touched.component == loss.component)
            && (touched.path == nil || touched.path == loss.path)
    }

    /// What a restore of every snapshot does not give.
    private func losses(
        _ repository: Repository,
        _ hidden: Set<SnapshotID>,
        _ verdict: inout Verdict
    ) throws -> [Damage.Touched] {
        var lost: [Damage.Touched] = []
        let there = try repository.snapshots()
        let reader = repository.contentReader()
        for expected in whole.snapshots where !hidden.contains(expected.id) {
            func lose(_ component: String?, _ path: String?) {
                lost.append(
                    .init(
                        snapshot: expected.id.text,
                        component: component,
                        path: path,
                        what: "content"
                    )
                )
            }
            guard let snapshot = there.first(where: { $0.id == expected.id }) else {
                lose(nil, nil)
                continue
            }
            if snapshot != expected { verdict.breaches.append("\(snapshot.id) is another one") }
            for (name, files) in whole.content[expected.id] ?? [:] {
                guard let component = snapshot.components[name] else { continue }
                let restored = try Restored(component, name, repository, reader)
                for (path, digest) in restored.files where files[path] != digest {
                    verdict.breaches.append("WRONG BYTES in \(expected.id) \(name)/\(path)")
                }
                for path in restored.failed.keys { lose(name, path.isEmpty ? nil : path) }
                if restored.failed.isEmpty, restored.files.count != files.count {
                    verdict.breaches.append("\(expected.id) \(name) lacks files without a word")
                }
            }
        }
        return lost
    }
}
