internal import Arguments
internal import Deduplication
internal import Files
internal import Glibc
internal import Recovery
internal import Threads

/// A restore into a folder of its own: `DIR/<component>/<relative path>`.
struct RestoreToFolder {
    private let repository: Repository
    private let snapshot: Snapshot
    private let names: [String]
    private let context: Context

    init(_ repository: Repository, _ snapshot: Snapshot, _ names: [String], _ context: Context) {
        self.repository = repository
        self.snapshot = snapshot
        self.names = names
        self.context = context
    }

    struct Result: Encodable, Sendable {
        var snapshot: String
        var tag: String?
        var target: String
        var components: [String]
        var files: Int
        var sizeBytes: UInt64
        /// What is to be fetched elsewhere, because only its hashes were kept.
        var elsewhere: Snapshot.Component.Elsewhere?
        /// The list of these files; nil where there is nothing to fetch.
        var fetchList: String?
        var isDryRun: Bool

        enum CodingKeys: String, CodingKey {
            case snapshot, tag, target, components, files, elsewhere
            case sizeBytes = "size_bytes"
            case fetchList = "fetch_list"
            case isDryRun = "dry_run"
        }
    }

    func run(_ target: Path) throws(CommandFailure) -> Report {
        let isNew = try check(target)
        if context.invocation.flag("dry-run") { return planned(target) }
        let hold = holdForReading()
        defer { hold?.release() }
        var totals = TreeRestore.Totals()
        do throws(FileError) {
            if isNew { try Directory(target.parent).makeFolder(target.lastComponent) }
            for name in names {
                try Directory(target).makeFolder(Path(name))
            }
        } catch {
            throw CommandFailure(error, doing: "make the target folder")
        }
        var lost: [Envelope.Failure] = []
        var fetches = FetchList()
        for (name, made) in try restoreAll(into: target) {
            lost += made.lost.map { failure($0.path, $0.why, name) }
            fetches.add(name, made)
            totals.files += made.files
            totals.sizeBytes += made.sizeBytes
            totals.withoutMetadata += made.withoutMetadata
            totals.firstWithoutMetadata = totals.firstWithoutMetadata ?? made.firstWithoutMetadata
        }
        do throws(RecoveryError) {
            try fetches.write(into: target)
        } catch {
            throw CommandFailure(
                error,
                component: nil,
                state: "\(target) holds what could be restored; nothing live was touched",
                next: "recover manifest \(snapshot.id) --elsewhere, which lists what to fetch"
            )
        }
        do throws(FileError) {
            try Directory(target).syncFileSystem()
        } catch {
            throw CommandFailure(error, doing: "make the restored files durable")
        }
        return report(target, totals, lost, fetches)
    }

    /// A prune beside this run leaves what it reads; where nobody may write, it cannot be told.
    private func holdForReading() -> ReadingHold? {
        do throws(RepositoryError) {
            return try repository.holdForReading(host: Context.hostName, processID: Int(getpid()))
        } catch {
            context.warn("unheld", "a prune meanwhile may remove what is read: \(error.message)")
            return nil
        }
    }

    /// Two components at a time: one writes while the other is proven.
    private func restoreAll(into target: Path) throws(CommandFailure)
        -> [(name: String, made: TreeRestore.Totals)]
    {
        let sizes = snapshot.components.mapValues(\.sizeBytes)
        let jobs = BoundedQueue<String>(limit: max(1, names.count))
        for name in names.sorted(by: { sizes[$0] ?? 0 > sizes[$1] ?? 0 }) { jobs.push(name) }
        jobs.close()
        let results = Monitor<[(String, Swift.Result<TreeRestore.Totals, CommandFailure>)]>([])
        let (repository, snapshot, cancellation) = (repository, snapshot, context.cancellation)
        let console = context.console
        let threads = (0..<2).map { _ in
            OwnedThread {
                while let name = jobs.pop() {
                    console.phase("restoring \(name) into \(target)/\(name)")
                    let folder = target.appending(name)
                    let result = Self.restore(name, repository, snapshot, folder, cancellation)
                    results.change { $0.append((name, result)) }
                }
            }
        }
        for thread in threads { thread.join() }
        var totals: [(name: String, made: TreeRestore.Totals)] = []
        for (name, result) in results.change({ $0 }) { totals.append((name, try result.get())) }
        return totals
    }

    private static func restore(
        _ name: String,
        _ repository: Repository,
        _ snapshot: Snapshot,
        _ folder: Path,
        _ cancellation: Cancellation
    ) -> Swift.Result<TreeRestore.Totals, CommandFailure> {
        guard let component = snapshot.components[name] else {
            preconditionFailure("the names were taken from the snapshot")
        }
        do throws(CommandFailure) {
            let tree = try querying { () throws(RepositoryError) in
                try repository.tree(component, name: name)
            }
            var restore = TreeRestore(
                from: repository,
                cancellation: cancellation,
                onBytes: { _ in }
            )
            restore.passesDamage = true
            do throws(RecoveryError) {
                return .success(try restore.run(tree, into: folder))
            } catch {
                throw CommandFailure(
                    error,
                    component: name,
                    state: "\(folder) is unfinished; nothing live was touched",
                    next: "recover verify \(snapshot.id) --level deep"
                )
            }
        } catch {
            return .failure(error)
        }
    }

    /// Whether the folder is still to be made; one that holds anything is refused.
    private func check(_ target: Path) throws(CommandFailure) -> Bool {
        let place = Path(try context.configured().value.repository)
        if place.resolved.contains(target.resolved) {
            throw CommandFailure(
                .failed,
                "target-in-repository",
                "\(target) lies in the repository",
                next: "name a folder elsewhere"
            )
        }
        do throws(FileError) {
            if try Directory(target).names().isEmpty { return false }
        } catch {
            if error.code == .notFound { return true }
            throw CommandFailure(error, doing: "look at the target folder")
        }
        throw CommandFailure(
            .failed,
            "target-not-empty",
            "\(target) is not empty",
            next: "name a folder that is empty or does not exist"
        )
    }

    private func planned(_ target: Path) -> Report {
        let components = names.compactMap { snapshot.components[$0] }
        let elsewhere = snapshot.elsewhere(in: names)
        let result = Result(
            snapshot: snapshot.id.text,
            tag: snapshot.tag,
            target: target.description,
            components: names,
            files: components.reduce(0) { $0 + $1.files } - (elsewhere?.files ?? 0),
            sizeBytes: components.reduce(0) { $0 + $1.sizeBytes } - (elsewhere?.sizeBytes ?? 0),
            elsewhere: elsewhere,
            isDryRun: true
        )
        var lines = names.map { "would write \($0) to \(target)/\($0)" }
        if let elsewhere {
            lines.append("would list \(elsewhere.text) to fetch in \(target)/\(FetchList.fileName)")
        }
        lines.append("Nothing was done: this was a dry run.")
        return Report("restore", data: result, lines: lines)
    }

    /// What was captured as hashes only is not back, and no line may sound as if it were.
    private func tell(
        _ counted: Snapshot.Component.Elsewhere,
        _ fetches: FetchList,
        _ target: Path,
        _ report: inout Report
    ) {
        report.status = .incomplete
        report.lines[1] = "INCOMPLETE" + report.lines[1].dropFirst(2)
        report.lines += fetches.firstPaths.map { "  to fetch  \($0)" }
        if fetches.fileCount > fetches.firstPaths.count {
            report.lines.append("  and \(fetches.fileCount - fetches.firstPaths.count) more")
        }
        report.lines += [
            "State now: \(counted.text) are not in the repository, only their hashes; they are "
                + "listed in \(target)/\(FetchList.fileName).",
            "Next: fetch them to these places, then: "
                + "cd \(target) && sha256sum -c \(FetchList.fileName)",
        ]
        report.failures = [
            .init(
                code: "elsewhere",
                message: "\(counted.text) are not in the repository, only their hashes",
                state: "the rest is in \(target), every byte proven; nothing live was touched",
                next: "fetch what \(target)/\(FetchList.fileName) lists"
            )
        ]
    }

    private func failure(_ path: Path, _ why: String, _ component: String) -> Envelope.Failure {
        .init(
            code: "damage",
            component: component,
            message: "\(path): \(why)",
            state: "it was left out, everything else is there and proven; nothing live was touched",
            next: "recover repair, which takes from the live files what they still have"
        )
    }

    private func report(
        _ target: Path,
        _ totals: TreeRestore.Totals,
        _ lost: [Envelope.Failure],
        _ fetches: FetchList
    ) -> Report {
        let result = Result(
            snapshot: snapshot.id.text,
            tag: snapshot.tag,
            target: target.description,
            components: names,
            files: totals.files,
            sizeBytes: totals.sizeBytes,
            elsewhere: fetches.counted,
            fetchList: fetches.counted.map { _ in "\(target)/\(FetchList.fileName)" },
            isDryRun: false
        )
        var report = Report(
            "restore",
            data: result,
            lines: [
                "snapshot \(snapshot.id) of \(snapshot.startedAt)",
                "OK restored \(names.joined(separator: ", ")) to \(target): \(totals.files) files, "
                    + "\(ByteText.text(totals.sizeBytes)), every byte proven",
            ]
        )
        report.stack = snapshot.stack
        if let counted = fetches.counted { tell(counted, fetches, target, &report) }
        if !lost.isEmpty {
            report.status = .damaged
            report.failures += lost.sorted { $0.message < $1.message }
            report.lines[1] =
                "FAIL restored \(totals.files) files to \(target), every byte proven; "
                + "\(lost.count) are damaged and were left out"
            report.lines += report.failures.filter { $0.code == "damage" }.prefix(20).map {
                "FAIL \($0.component ?? "")/\($0.message)"
            }
            if lost.count > 20 {
                report.lines.append("and \(lost.count - 20) more; --json lists all")
            }
            report.lines += [
                "State now: what is whole is in \(target); nothing live was touched.",
                "Next: recover repair, which takes from the live files what they still have",
            ]
        }
        if let first = totals.firstWithoutMetadata {
            report.warnings = [
                .init(
                    code: "metadata",
                    message:
                        "\(totals.withoutMetadata) owners, modes or attributes could not be set, "
                        + "first \(first)"
                )
            ]
        }
        if !snapshot.complete {
            report.warnings.append(
                .init(
                    code: "incomplete",
                    message: "the snapshot is incomplete: recover show \(snapshot.id)"
                )
            )
        }
        return report
    }
}
