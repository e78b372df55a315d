internal import Archiving
internal import Arguments
internal import Cryptography
internal import Deduplication
internal import Files
internal import Manifests
internal import Recovery

/// `recover export`: writes a snapshot into a plain archive.
enum ExportVerb: Verb {
    static let description = Command(
        "export",
        "write a snapshot into a plain archive",
        section: "Recover",
        discussion: """
            Members are COMPONENT/PATH. The archive is read back and every file in it proven \
            before it gets its name; FILE.sha256 beside it is for sha256sum -c. A zip holds no \
            attributes and no hard links.
            """,
        examples: [
            Example("recover export latest -o stack.tar.gz", "everything of the newest snapshot"),
            Example("recover export latest:2026.01.14 memory -o memory.tar.zst", "one component"),
        ],
        positionals: [
            Positional(
                "SNAPSHOT",
                .required,
                "An id, a unique beginning of one, latest, or latest:TAG.",
                kind: .listed(by: "recover list --ids")
            ),
            RecoverProgram.componentsPositional,
        ],
        options: [
            .value(
                "output",
                "FILE",
                "The archive, which must not exist: .tar.gz, .tar.zst, .tar or .zip.",
                kind: .file,
                short: "o"
            )
        ],
        constraints: [.required("--output")]
    )

    struct Result: Encodable, Sendable {
        var snapshot: String
        var tag: String?
        var components: [String]
        var file: String
        var files: Int
        var contentBytes: UInt64
        var archiveBytes: UInt64?
        var sha256: String?
        var isDryRun: Bool

        enum CodingKeys: String, CodingKey {
            case snapshot, tag, components, file, files, sha256
            case contentBytes = "content_bytes"
            case archiveBytes = "archive_bytes"
            case isDryRun = "dry_run"
        }
    }

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let target = Path(context.invocation.string("output") ?? "").absolute
        guard let format = ArchiveFormat(fileName: target.lastComponent.bytes) else {
            let known = ArchiveFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandFailure(
                .usage,
                "usage",
                "\(target): the name must end in one of \(known)"
            )
        }
        let repository = try context.repository()
        let snapshot = try context.snapshot(in: repository)
        let names = try SnapshotChoice.components(
            context.invocation.positionals("COMPONENT"),
            of: snapshot
        )
        try check(target)
        if context.invocation.flag("dry-run") { return planned(snapshot, names, target) }
        context.console.phase("exporting \(names.joined(separator: ", ")) of \(snapshot.id)")
        let outcome: ArchiveExport.Outcome
        do throws(RecoveryError) {
            outcome = try ArchiveExport(from: repository, cancellation: context.cancellation)
                .write(names, of: snapshot, to: target, as: format)
        } catch {
            let next: String? =
                switch error.code {
                case .damaged: "recover verify \(snapshot.id) --level deep"
                case .target: "name a .tar.gz, which holds everything"
                default: nil
                }
            throw CommandFailure(
                error,
                component: nil,
                state: "no archive was written, nothing was changed",
                next: next
            )
        }
        return report(outcome, snapshot, names, target)
    }

    /// Neither the archive nor its sidecar may be there.
    private static func check(_ target: Path) throws(CommandFailure) {
        for path in [target, target.adding(suffix: ChecksumSidecar.suffix)] {
            do throws(FileError) {
                _ = try FileStatus(of: path)
            } catch {
                if error.code == .notFound { continue }
                throw CommandFailure(error, doing: "look at the target")
            }
            throw CommandFailure(
                .failed,
                "target-exists",
                "\(path) exists already",
                next: "name a file that does not exist"
            )
        }
        do throws(FileError) {
            _ = try Directory(target.parent)
        } catch {
            throw CommandFailure(
                .failed,
                "target",
                error.message,
                next: "make the folder, or name another file"
            )
        }
    }

    private static func planned(_ snapshot: Snapshot, _ names: [String], _ target: Path) -> Report {
        let parts = names.compactMap { snapshot.components[$0] }
        let result = Result(
            snapshot: snapshot.id.text,
            tag: snapshot.tag,
            components: names,
            file: target.description,
            files: parts.reduce(0) { $0 + $1.files },
            contentBytes: parts.reduce(0) { $0 + $1.sizeBytes },
            isDryRun: true
        )
        var report = Report(
            "export",
            data: result,
            lines: [
                "would write \(names.joined(separator: ", ")) of \(snapshot.id) to \(target): "
                    + "\(result.files) files, \(ByteText.text(result.contentBytes))",
                "Nothing was done: this was a dry run.",
            ]
        )
        report.stack = snapshot.stack
        return report
    }

    private static func report(
        _ outcome: ArchiveExport.Outcome,
        _ snapshot: Snapshot,
        _ names: [String],
        _ target: Path
    ) -> Report {
        let result = Result(
            snapshot: snapshot.id.text,
            tag: snapshot.tag,
            components: names,
            file: target.description,
            files: outcome.files,
            contentBytes: outcome.contentBytes,
            archiveBytes: outcome.archiveBytes,
            sha256: outcome.digest.hex,
            isDryRun: false
        )
        var report = Report(
            "export",
            data: result,
            lines: [
                "snapshot \(snapshot.id) of \(snapshot.startedAt): \(names.joined(separator: ", "))",
                "sha256 \(outcome.digest.hex), kept in \(target)\(ChecksumSidecar.suffix)",
                "OK exported \(outcome.files) files, \(ByteText.text(outcome.contentBytes)), to "
                    + "\(target), \(ByteText.text(outcome.archiveBytes)), every byte proven",
            ]
        )
        report.stack = snapshot.stack
        if outcome.withoutAttributes > 0 {
            report.warnings.append(
                .init(
                    code: "metadata",
                    message:
                        "a zip holds no attributes: those of \(outcome.withoutAttributes) files "
                        + "are left out; a .tar.gz holds them"
                )
            )
        }
        if outcome.elsewhereFiles > 0 {
            report.status = .incomplete
            let missing = Snapshot.Component.Elsewhere(
                files: outcome.elsewhereFiles,
                sizeBytes: outcome.elsewhereBytes
            )
            report.lines[2] = "INCOMPLETE" + report.lines[2].dropFirst(2)
            report.lines += [
                "State now: \(missing.text) are not in the archive, since only their hashes were kept.",
                "Next: recover manifest \(snapshot.id) --elsewhere, which lists what to fetch",
            ]
        }
        let incomplete = names.filter { snapshot.components[$0]?.complete == false }
        for name in incomplete {
            report.warnings.append(
                .init(
                    code: "incomplete",
                    component: name,
                    message: "the snapshot holds only a part of it: recover show \(snapshot.id)"
                )
            )
        }
        return report
    }
}
