internal import Arguments
internal import Deduplication
internal import Deployments
internal import Files

/// Which snapshot, and what of it, a restore is about.
struct SnapshotChoice {
    private let context: Context
    private var invocation: Invocation { context.invocation }

    init(_ context: Context) {
        self.context = context
    }

    /// Finds the snapshot; by TAG or time only complete ones that are not known damaged count.
    func choose(in repository: Repository, stack: String) throws(CommandFailure) -> Snapshot {
        if let text = invocation.string("snapshot") {
            return try context.snapshot(text, in: repository)
        }
        let listed = try querying { () throws(RepositoryError) in
            try repository.listSnapshots(of: stack)
        }
        var all: [Snapshot] = []
        for item in listed {
            switch item {
            case .snapshot(let snapshot): all.append(snapshot)
            case .unreadable(_, let error):
                let text = "a snapshot that may be the one meant cannot be read: "
                context.warn("damage", text + error.message)
            }
        }
        let damage = try querying { () throws(RepositoryError) in try repository.facts(.damage) }
        let damaged = Set(damage.map(\.subject))
        let sound = all.filter { $0.complete && !$0.isImport && !damaged.contains($0.id.text) }
        let found: Snapshot
        if let tag = invocation.string("tag") {
            found = try newest(of: tag, sound, all, repository)
            warnOfPassed(all.filter { $0.tag == tag }, found, damaged)
        } else {
            found = try newest(at: invocation.string("at") ?? "", sound)
            let moment = invocation.string("at").flatMap { Moment(rfc3339: $0) }
            let inTime = all.filter { snapshot in
                guard let moment, let end = Moment(rfc3339: snapshot.finishedAt) else {
                    return true
                }
                return end <= moment
            }
            warnOfPassed(inTime, found, damaged)
        }
        return found
    }

    /// The newest whole snapshot of a TAG that is not known to be damaged.
    func whole(
        of tag: String,
        in repository: Repository,
        stack: String
    ) throws(CommandFailure) -> Snapshot {
        let listed = try querying { () throws(RepositoryError) in
            try repository.listSnapshots(of: stack)
        }
        let all = listed.compactMap { item in
            if case .snapshot(let snapshot) = item { snapshot } else { nil }
        }
        let damage = try querying { () throws(RepositoryError) in try repository.facts(.damage) }
        let damaged = Set(damage.map(\.subject))
        let sound = all.filter { $0.complete && !$0.isImport && !damaged.contains($0.id.text) }
        return try newest(of: tag, sound, all, repository)
    }

    /// A newer one that is known to be damaged is passed over, but not without a word.
    private func warnOfPassed(_ all: [Snapshot], _ found: Snapshot, _ damaged: Set<String>) {
        for snapshot in all
        where (snapshot.seq, snapshot.id.text) > (found.seq, found.id.text)
            && damaged.contains(snapshot.id.text)
        {
            context.warn(
                "damage",
                "snapshot \(snapshot.id) is newer and known to be damaged; \(found.id) is taken"
            )
        }
    }

    /// The newest that has what is wanted.
    ///
    /// What was captured on the way of a recovery is the way back from it, and stands for a TAG only
    /// where nothing else does. So does one that is only called after the TAG, while another ran.
    private func preferred(
        _ all: [Snapshot],
        of tag: String,
        _ repository: Repository
    ) -> Snapshot? {
        let wanted = RestoreOptions(invocation).components
        let called = all.filter { snapshot in
            wanted.isEmpty
                ? snapshot.scope == "full"
                : wanted.allSatisfy { snapshot.components[$0]?.outcome == "captured" }
        }
        let form = (try? context.configured()).map { TagForm($0.value.release) }
        let fit = Self.own(called, tag) { snapshot in
            form.flatMap { (try? repository.deployment(of: snapshot))?.tagThatRan($0) }
        }
        if let last = called.last, let mine = fit.last, last.id != mine.id {
            context.warn(
                "tag-drift",
                "snapshot \(last.id) is newer and called TAG \(tag), but another ran when it was "
                    + "taken; it is passed over"
            )
        }
        let safety = BackupReason.preRollback.rawValue
        guard let found = fit.last(where: { $0.reason != safety }) ?? fit.last ?? all.last else {
            return nil
        }
        if let newer = fit.last, newer.id != found.id {
            context.warn(
                "safety-newer",
                "\(found.id) is taken; \(newer.id) is newer and was captured before a recovery: "
                    + "--snapshot \(newer.id) names it"
            )
        }
        return found
    }

    /// Those under which a TAG ran; all where none did, or none says it.
    ///
    /// - Parameters:
    ///   - called: Those that are called after it.
    ///   - tag: The TAG.
    ///   - ran: What ran; nil where nothing says it.
    /// - Returns: In the same order.
    static func own<Item>(
        _ called: [Item],
        _ tag: String,
        ran: (Item) -> String?
    ) -> [Item] {
        let own = called.filter { ran($0) ?? tag == tag }
        return own.isEmpty ? called : own
    }

    private func newest(
        of tag: String,
        _ sound: [Snapshot],
        _ all: [Snapshot],
        _ repository: Repository
    ) throws(CommandFailure) -> Snapshot {
        let called = sound.filter { $0.tag == tag }
        if let found = preferred(called, of: tag, repository) { return found }
        let unfit = all.filter { $0.tag == tag }
        if let last = unfit.last {
            throw CommandFailure(
                .notFound,
                "tag-incomplete",
                "all \(unfit.count) snapshots of TAG \(tag) are incomplete or damaged",
                next: "recover show \(last.id), then: recover restore --snapshot \(last.id)"
            )
        }
        let tags = Array(Set(all.compactMap(\.tag))).sorted()
        let near = nearestNames(to: tag, among: tags)
        let hint =
            tags.isEmpty
            ? "no snapshot has a TAG"
            : near.isEmpty
                ? "the newest are " + tags.suffix(3).joined(separator: ", ")
                : "near: " + near.joined(separator: ", ")
        throw CommandFailure(
            .notFound,
            "tag-not-found",
            "no snapshot of TAG \(tag); \(hint)",
            next: "recover list"
        )
    }

    private func newest(at text: String, _ sound: [Snapshot]) throws(CommandFailure) -> Snapshot {
        guard let moment = Moment(rfc3339: text) else {
            throw CommandFailure(
                .usage,
                "usage",
                "--at takes a time such as 2026-01-14T02:10:00+09:00, not \(text)"
            )
        }
        let found = sound.last { snapshot in
            Moment(rfc3339: snapshot.finishedAt).map { $0 <= moment } ?? false
        }
        if let found { return found }
        throw CommandFailure(
            .notFound,
            "time-not-found",
            "no complete snapshot is as old as \(text)",
            next: "recover list"
        )
    }

    /// The components that are wanted; all captured ones where none is named.
    static func components(
        _ wanted: [String],
        of snapshot: Snapshot
    ) throws(CommandFailure) -> [String] {
        let captured = snapshot.components.filter { $0.value.outcome == "captured" }.keys.sorted()
        for name in wanted where !captured.contains(name) {
            let near = nearestNames(to: name, among: captured)
            throw CommandFailure(
                .notFound,
                "component-not-found",
                "snapshot \(snapshot.id) holds no component \(name); it holds "
                    + (near.isEmpty ? captured : near).joined(separator: ", "),
                next: "recover show \(snapshot.id)"
            )
        }
        return wanted.isEmpty ? captured : captured.filter { wanted.contains($0) }
    }
}
