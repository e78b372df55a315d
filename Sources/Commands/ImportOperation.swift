internal import Arguments
internal import Backup
internal import Cryptography
internal import Deduplication
internal import Files
internal import Glibc
internal import Subjects

/// One import: prove the file, unpack it in private, capture what it holds, publish.
struct ImportOperation {
    private let context: Context
    private let loaded: LoadedConfiguration

    init(_ context: Context) throws(CommandFailure) {
        self.context = context
        loaded = try context.configured()
    }

    func run() throws(CommandFailure) -> Report {
        let repository = try context.repository()
        let target = try target(in: repository)
        let strip = try stripCount()
        let path = Path(context.invocation.positional("FILE") ?? "").absolute
        context.console.phase("reading \(path)")
        let file = try importing { () throws(ImportError) in try ImportFile(path) }
        let state = try StateFolder(loaded.value, environment: context.environment)
        let lock = try state.lock(waitSeconds: try context.lockWaitSeconds()) {
            context.console.phase("another run of this stack is at work; waiting for it")
        }
        defer { _ = lock.path }
        let scratch = try state.scratch()
        defer { state.removeScratch() }
        context.console.phase("unpacking into \(scratch)")
        let archive = try importing { () throws(ImportError) in
            try file.unpack(into: try Self.folder("unpacked", in: scratch))
        }
        let layout = try importing { () throws(ImportError) in
            try archive.layout(for: target, strip: strip)
        }
        if context.invocation.flag("dry-run") { return planned(file, layout, target) }
        var source = try importing { () throws(ImportError) in
            try archive.source(layout, for: target, at: scratch.appending("content"), origin: path)
        }
        source.storesSecrets = loaded.value.secrets == .store
        let copies = try importing { () throws(ImportError) in
            try Self.folder("copies", in: scratch)
        }
        let outcome = try capture(source, file, repository, copies)
        return report(outcome, file, layout, target)
    }

    private static func folder(_ name: String, in scratch: Path) throws(ImportError) -> Path {
        do throws(FileError) {
            try Directory(scratch).makeFolder(Path(name))
        } catch {
            throw ImportError(error)
        }
        return scratch.appending(name)
    }

    private func stripCount() throws(CommandFailure) -> Int? {
        guard let text = context.invocation.string("strip") else { return nil }
        if let count = Int(text), count >= 0 { return count }
        throw CommandFailure(.usage, "usage", "--strip takes a number, not \(text)")
    }

    /// The component of the configuration, with what is known about its shape.
    private func target(in repository: Repository) throws(CommandFailure) -> ImportTarget {
        let wanted = context.invocation.string("component") ?? ""
        let names = loaded.value.components.map(\.name)
        guard let component = loaded.value.components.first(where: { $0.name == wanted }) else {
            let near = nearestNames(to: wanted, among: names)
            let hint =
                near.isEmpty
                ? "there are " + names.joined(separator: ", ")
                : "near: " + near.joined(separator: ", ")
            throw CommandFailure(
                .notFound,
                "component-not-found",
                "no component \(wanted); \(hint)",
                next: "recover config show"
            )
        }
        guard case .path(let options) = component.kind, !Glob.isPattern(options.path) else {
            throw CommandFailure(
                .failed,
                "unsupported",
                "only a component that is one path takes an archive",
                component: wanted
            )
        }
        let path = Path(options.path)
        return ImportTarget(
            name: wanted,
            path: path,
            shape: try shape(of: wanted, path, repository),
            components: Set(names)
        )
    }

    /// As it is on this machine; else as the newest snapshot has it; else by its name.
    private func shape(
        of name: String,
        _ path: Path,
        _ repository: Repository
    ) throws(CommandFailure) -> ImportTarget.Shape {
        if let status = try? FileStatus(of: path, following: true) {
            return status.kind == .folder ? .folder : .file
        }
        let snapshots = try querying { () throws(RepositoryError) in
            try repository.snapshots(of: loaded.value.stack)
        }
        let captured = snapshots.compactMap { $0.components[name] }.last {
            $0.outcome == "captured"
        }
        if let captured { return captured.folders == 0 ? .file : .folder }
        return path.lastComponent.bytes.dropFirst().contains(.dot) ? .file : .folder
    }

    private func capture(
        _ source: FileTreeSource,
        _ file: borrowing ImportFile,
        _ repository: Repository,
        _ copies: Path
    ) throws(CommandFailure) -> BackupRun.Outcome {
        let progress = Progress(context.console)
        let description = SnapshotDraft.Description(
            stack: loaded.value.stack,
            host: Context.hostName,
            tool: RecoverProgram.toolName,
            reason: Snapshot.importReason,
            tag: nil,
            note: "import of \(file.path.lastComponent), sha256 \(file.digest)",
            isPartial: true,
            configuration: loaded.bytes
        )
        let draft = try querying { () throws(RepositoryError) in
            try SnapshotDraft(in: repository, description, processID: Int(getpid()))
        }
        let run = BackupRun(
            [source],
            into: draft,
            scratch: copies,
            rereading: true,
            cancellation: context.cancellation
        ) { progress.take($0) }
        do throws(CaptureError) {
            return try run.run()
        } catch {
            var failure = CommandFailure(error)
            failure.next = nil
            throw failure
        }
    }

    private func result(
        _ file: borrowing ImportFile,
        _ layout: ImportLayout,
        _ target: ImportTarget
    ) -> ImportVerb.Result {
        ImportVerb.Result(
            file: file.path.description,
            sha256: file.digest.hex,
            isProven: file.isProven,
            component: target.name,
            strippedPrefix: layout.prefix.description,
            files: layout.files - layout.logs,
            logs: layout.logs,
            leftOut: layout.others,
            sizeBytes: layout.sizeBytes,
            isDryRun: true
        )
    }

    private func planned(
        _ file: borrowing ImportFile,
        _ layout: ImportLayout,
        _ target: ImportTarget
    ) -> Report {
        let result = result(file, layout, target)
        var report = Report(
            "import",
            data: result,
            lines: describe(layout) + [
                "would import \(result.files) files, \(ByteText.text(result.sizeBytes)), as \(target.name)",
                "Nothing was done: this was a dry run.",
            ]
        )
        report.stack = loaded.value.stack
        report.warnings = warnings(file)
        return report
    }

    private func describe(_ layout: ImportLayout) -> [String] {
        var lines: [String] = []
        if let member = layout.member {
            lines.append("takes the member \(member)")
        } else if !layout.prefix.bytes.isEmpty {
            lines.append("takes off the leading folders \(layout.prefix)")
        }
        if layout.logs > 0 {
            lines.append("databases with a log or journal to be worked in: \(layout.logs)")
        }
        if layout.others > 0 {
            lines.append("leaves out \(layout.others) members of other components")
        }
        return lines
    }

    private func warnings(_ file: borrowing ImportFile) -> [Report.Warning] {
        if file.isProven { return [] }
        return [
            .init(
                code: "no-checksum",
                message:
                    "there is no \(file.path).sha256: nothing proves that the file is what it was"
            )
        ]
    }

    private func report(
        _ outcome: BackupRun.Outcome,
        _ file: borrowing ImportFile,
        _ layout: ImportLayout,
        _ target: ImportTarget
    ) -> Report {
        let snapshot = outcome.snapshot
        var result = result(file, layout, target)
        result.snapshot = snapshot.id.text
        result.complete = snapshot.complete
        result.isDryRun = false
        let component = snapshot.components[target.name]
        result.files = component?.files ?? 0
        result.sizeBytes = component?.sizeBytes ?? 0
        var report = Report("import", data: result, lines: describe(layout))
        report.warnings = (component?.problems ?? []).prefix(20).map {
            .init(
                code: $0.code,
                component: target.name,
                message: ($0.path.isEmpty ? "" : "\($0.path): ") + $0.message
            )
        }
        report.warnings += warnings(file)
        report.stack = snapshot.stack
        if !snapshot.complete { report.status = .incomplete }
        report.lines.append("look at it: recover restore --snapshot \(snapshot.id) --to DIR")
        report.lines.append(
            "\(snapshot.complete ? "OK" : "INCOMPLETE") imported \(result.files) files, "
                + "\(ByteText.text(result.sizeBytes)), as \(target.name): snapshot \(snapshot.id)"
        )
        return report
    }
}
