import Deduplication
import Files
import Storage
import Support

/// A few backups, recorded once, and any number of power cuts in them.
final class PowerCutGroup {
    private struct Promise {
        let snapshot: Snapshot
        let image: TreeImage
    }

    private static let backupCount = 3
    private static let createdMark = 0
    /// From here on the first snapshot may be gone.
    private static let prunedMark = 100

    let seed: UInt64
    /// What happened in the last cut, for people.
    private(set) var story = ""
    /// What the last cut left of the repository.
    private(set) var left = ""
    /// How many snapshots were restored after a cut and found as they were promised.
    private(set) var provenCount = 0
    private let scratch: Scratch
    private let stack: SmallStack
    private var random: SeededGenerator
    private var events: [SimulatedDisk.Event] = []
    private var promises: [Int: Promise] = [:]
    /// What was in the tree while each backup ran.
    private var trees: [TreeImage] = []

    init(seed: UInt64) throws {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        scratch = try Scratch(isInMemory: true)
        stack = try SmallStack(scratch)
        let folder = try scratch.freshFolder(Path("repository"))
        // Large enough, now and then, for writes past the page cache.
        let largestBytes = seed % 4 == 0 ? 1_500_000 : 9000
        events = try recording(folder) { recorder in
            let store = try LocalStore(folder)
            try Repository.create(in: store, texts: ["README.txt": "a repository\n"])
            recorder.mark(Self.createdMark)
            for step in 1...Self.backupCount {
                try stack.change(step, &random, largestBytes: largestBytes)
                trees.append(try stack.image())
                promises[step] = Promise(
                    snapshot: try stack.backup(into: LocalStore(folder)),
                    image: trees[step - 1]
                )
                recorder.mark(step)
            }
            recorder.mark(Self.prunedMark)
            try prune(folder)
        }
        try proveRecording(events, on: SimulatedDisk(), folder)
    }

    /// Forgets the first snapshot and deletes what nothing needs then.
    private func prune(_ folder: Path) throws {
        if let first = promises[1]?.snapshot {
            let store = try LocalStore(folder)
            let there = try Repository(store).snapshots().map(\.id)
            if there.contains(first.id) { try stack.forget([first], in: store) }
        }
        for _ in 0..<2 { _ = try stack.collect(LocalStore(folder), waitSeconds: 0) }
    }

    private func recording(
        _ folder: Path,
        _ body: (DiskRecorder) throws -> Void
    ) throws -> [SimulatedDisk.Event] {
        let recorder = DiskRecorder(folder)
        do {
            try body(recorder)
        } catch {
            _ = recorder.stop()
            throw error
        }
        return recorder.stop()
    }

    /// The simulated disk must show what the real one does: else a call went unseen.
    private func proveRecording(
        _ events: [SimulatedDisk.Event],
        on start: SimulatedDisk,
        _ folder: Path
    ) throws {
        var disk = start
        for event in events { disk.apply(event) }
        let seen = disk.seen
        let real = try TreeImage(folder).items.filter { !$0.key.bytes.isEmpty }
        for (path, item) in real {
            guard let found = seen[path.description], found ?? [] == item.content else {
                throw SmallStack.Failure(text: "the recorder did not see how \(path) came about")
            }
        }
        guard real.count == seen.count else {
            throw SmallStack.Failure(text: "the recorder saw names that are not there")
        }
    }

    /// What each call of the recording was, without the names and bytes that no run has twice.
    var outline: [String] { events.map(\.outline) }

    /// Where in the recording a run can die while it makes its snapshot.
    ///
    /// - Parameter step: The number of the backup, from 1.
    /// - Returns: The calls of that backup.
    func calls(ofBackup step: Int) -> Range<Int> {
        let marks = events.indices.filter { if case .mark = events[$0] { true } else { false } }
        return marks[step - 1]..<marks[step]
    }

    /// Kills a run, lets the next one end that finds the same tree, and then takes all that
    /// neither of them made durable.
    ///
    /// - Parameter call: The last one of the run that dies.
    /// - Throws: Whatever is not as it was promised.
    func run(killedAfter call: Int) throws {
        var disk = SimulatedDisk()
        var promised: [Int] = []
        apply(events[...call], to: &disk, &promised)
        story = "killed after call \(call) of \(events.count), \(events[call].outline)"
        let step = Self.lastBackup(promised)
        try stack.become(trees[min(step, trees.count - 1)])
        let (events, promise) = try recordNext(on: disk, promised)
        apply(events, to: &disk, &promised)
        let folder = try scratch.freshFolder(Path("after"))
        try disk.afterTotalLoss().write(to: folder)
        try prove(kept(promised) + [promise], folder)
        try proveWhole(folder)
    }

    /// Cuts the power once, or kills a run and cuts the power in the next, then looks.
    ///
    /// - Throws: Whatever is not as it was promised.
    func run(cut number: Int) throws {
        var random = SeededGenerator(seed: seed ^ (UInt64(number + 1) &* 0xD1B5_4A32_D192_ED03))
        var disk = SimulatedDisk()
        var promised: [Int] = []
        let end = Int.random(in: 0...events.count, using: &random)
        story = "\(end) of \(events.count) events"
        apply(events[..<end], to: &disk, &promised)
        var second: Promise?
        if random.happens(0.4) {
            second = try runAgain(on: &disk, number, &promised, &random)
        }
        disk = disk.afterPowerCut(&random)
        left = disk.outline
        let folder = try scratch.freshFolder(Path("after"))
        try disk.write(to: folder)
        try prove(kept(promised) + (second.map { [$0] } ?? []), folder)
        try makeRepository(in: folder, isPromised: !promised.isEmpty)
        if promised.contains(Self.prunedMark), random.happens(0.5) {
            try prune(folder)
            try prove(kept(promised) + (second.map { [$0] } ?? []), folder)
        }
        try stack.change(number + 1, &random)
        let next = try stack.backup(into: LocalStore(folder))
        try prove([Promise(snapshot: next, image: try stack.image())], folder)
        if random.happens(0.1) { try proveWhole(folder) }
    }

    private func apply(
        _ events: some Sequence<SimulatedDisk.Event>,
        to disk: inout SimulatedDisk,
        _ promised: inout [Int]
    ) {
        for event in events {
            disk.apply(event)
            if case .mark(let number) = event { promised.append(number) }
        }
    }

    private static func lastBackup(_ promised: [Int]) -> Int {
        promised.filter { $0 <= backupCount }.max() ?? 0
    }

    /// The snapshots that must be there.
    private func kept(_ promised: [Int]) -> [Promise] {
        promised.filter { $0 != 1 || !promised.contains(Self.prunedMark) }
            .compactMap { promises[$0] }
    }

    /// The run died there, by a kill or by a power cut; the next one is cut off too, or ends.
    private func runAgain(
        on disk: inout SimulatedDisk,
        _ number: Int,
        _ promised: inout [Int],
        _ random: inout SeededGenerator
    ) throws -> Promise? {
        let isKill = random.happens(0.6)
        if !isKill { disk = disk.afterPowerCut(&random) }
        // Nothing has changed since, so that the run leans on what the dead one left.
        let isSame = random.happens(0.7)
        let step = Self.lastBackup(promised)
        if isSame, step < trees.count { try stack.become(trees[step]) }
        if !isSame { try stack.change(number, &random) }
        let (events, promise) = try recordNext(on: disk, promised)
        let isWhole = random.happens(0.5)
        let end = isWhole ? events.count : Int.random(in: 0...events.count, using: &random)
        story += ", \(isKill ? "killed" : "cut"), then \(end) of \(events.count) events"
        apply(events[..<end], to: &disk, &promised)
        return promised.contains(Self.backupCount + 1) ? promise : nil
    }

    /// Records a backup that begins on what a disk shows.
    private func recordNext(
        on disk: SimulatedDisk,
        _ promised: [Int]
    ) throws -> (events: [SimulatedDisk.Event], promise: Promise) {
        let folder = try scratch.freshFolder(Path("again"))
        try disk.write(to: folder)
        let wasMade = !promised.isEmpty
        var promise: Promise?
        let events = try recording(folder) { recorder in
            try makeRepository(in: folder, isPromised: wasMade)
            recorder.mark(Self.createdMark)
            promise = Promise(
                snapshot: try stack.backup(into: LocalStore(folder)),
                image: try stack.image()
            )
            recorder.mark(Self.backupCount + 1)
        }
        try proveRecording(events, on: disk, folder)
        guard let promise else { throw SmallStack.Failure(text: "a backup without a snapshot") }
        return (events, promise)
    }

    /// Makes the repository unless it was promised to be there.
    private func makeRepository(in folder: Path, isPromised: Bool) throws {
        if isPromised { return }
        let store = try LocalStore(folder)
        do throws(RepositoryError) {
            try Repository.create(in: store, texts: ["README.txt": "a repository\n"])
        } catch {
            if error.code != .occupied { throw error }
        }
    }

    /// Promised snapshots are there and restore; so does whatever else is shown as a snapshot.
    private func prove(_ promises: [Promise], _ folder: Path) throws {
        guard !promises.isEmpty else { return }
        let store = try LocalStore(folder)
        let repository = try Repository(store)
        guard repository.brokenIndexFiles.isEmpty else {
            throw SmallStack.Failure(text: "broken index: \(repository.brokenIndexFiles)")
        }
        var listed: [SnapshotID: Snapshot] = [:]
        for item in try repository.listSnapshots() {
            switch item {
            case .snapshot(let snapshot): listed[snapshot.id] = snapshot
            case .unreadable(let name, let error):
                throw SmallStack.Failure(text: "\(name) is unreadable: \(error)")
            }
        }
        for promise in promises {
            guard let snapshot = listed.removeValue(forKey: promise.snapshot.id) else {
                throw SmallStack.Failure(text: "the snapshot \(promise.snapshot.id) is gone")
            }
            let found = try stack.restored(snapshot, from: store)
            guard found == promise.image else {
                let what = found.difference(from: promise.image)
                throw SmallStack.Failure(text: "\(snapshot.id) came back with other \(what)")
            }
            provenCount += 1
        }
        for snapshot in listed.values { _ = try stack.restored(snapshot, from: store) }
    }

    private func proveWhole(_ folder: Path) throws {
        let report = try stack.check(LocalStore(folder))
        guard report.damage.isEmpty else {
            let texts = report.damage.map { "\($0.name): \($0.reasons)" }
            throw SmallStack.Failure(text: "damage: \(texts)")
        }
    }
}
