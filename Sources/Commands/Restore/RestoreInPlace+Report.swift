internal import Deduplication
internal import Files
internal import Recovery
internal import Subjects

/// What is said of it.
extension RestoreInPlace {
    func planned(
        _ jobs: [Job],
        _ servers: [ServerReturn],
        _ lines: [String]
    ) -> Report {
        var parts = jobs.map { Result.Part(name: $0.target.name, target: $0.source.path) }
        parts += servers.map {
            Result.Part(name: $0.name, target: $0.place, collections: $0.parts)
        }
        let result = Result(
            snapshot: snapshot.id.text,
            tag: snapshot.tag,
            components: parts,
            isDryRun: true
        )
        return Report(
            "restore",
            data: result,
            lines: lines.map { "would " + $0 } + ["Nothing was done: this was a dry run."]
        )
    }

    /// Versions that nobody could put back, a line for each.
    static func leftOut(_ job: Job) -> [String] {
        (job.models?.leftOut ?? [:]).sorted { $0.key < $1.key }.map {
            "\($0.key) of \(job.target.name) was not put back: \($0.value.text) are not in "
                + "the repository, only their hashes"
        }
    }

    /// Says of these that they are missing.
    func tell(_ leftOut: [String], _ report: inout Report) {
        let state = "what the repository holds is back; no link leads to these versions"
        let next =
            "recover manifest \(snapshot.id) --elsewhere, which lists what to fetch, then: "
            + "recover models publish"
        report.status = .incomplete
        report.lines += ["State now: \(state).", "Next: \(next)"]
        report.failures = leftOut.map {
            .init(code: "elsewhere", message: $0, state: state, next: next)
        }
    }

    func report(
        _ jobs: [Job],
        _ servers: [ServerReturn],
        _ safety: Snapshot?
    ) -> Report {
        var parts = jobs.map { job in
            Result.Part(
                name: job.target.name,
                target: job.source.path,
                previous: job.swap?.previous.description
            )
        }
        var lines = parts.map { part in
            "\(part.name) is back at \(part.target); what was there: \(part.previous ?? "nothing")"
        }
        parts += servers.map {
            Result.Part(name: $0.name, target: $0.place, collections: $0.parts)
        }
        let result = Result(
            snapshot: snapshot.id.text,
            tag: snapshot.tag,
            safetySnapshot: (safety ?? servers.compactMap(\.safety).first)?.id.text,
            components: parts,
            isDryRun: false
        )
        lines += servers.flatMap(\.doneLines)
        if let safety {
            let names = jobs.map(\.target.name).joined(separator: " ")
            lines.append("undo: recover restore --snapshot \(safety.id) --data-only \(names)")
        }
        lines += servers.compactMap(\.undoLine)
        let leftOut = jobs.flatMap(Self.leftOut)
        lines += leftOut
        lines.append(
            "\(leftOut.isEmpty ? "OK" : "INCOMPLETE") restored \(names.joined(separator: ", ")) of "
                + "\(snapshot.id), staged and proven"
        )
        var report = Report("restore", data: result, lines: lines)
        if !leftOut.isEmpty { tell(leftOut, &report) }
        report.operation = operation
        report.stack = snapshot.stack
        report.warnings = warnings(jobs, servers, safety)
        return report
    }

    private func warnings(
        _ jobs: [Job],
        _ servers: [ServerReturn],
        _ safety: Snapshot?
    ) -> [Report.Warning] {
        let snapshots = [safety] + servers.map(\.safety)
        return servers.flatMap(\.warnings) + Self.warnings(jobs)
            + snapshots.compactMap { $0.flatMap(Self.incomplete) }
    }

    /// Says of a safety snapshot that it lacks something; nil where it does not.
    static func incomplete(_ safety: Snapshot) -> Report.Warning? {
        if safety.complete { return nil }
        return .init(
            code: "safety-incomplete",
            message: "the safety snapshot \(safety.id) is incomplete: recover show \(safety.id)"
        )
    }

    /// What of files is other than it was captured.
    static func warnings(_ jobs: [Job]) -> [Report.Warning] {
        var warnings: [Report.Warning] = []
        for job in jobs {
            for link in job.models?.linksLeft ?? [] {
                warnings.append(
                    .init(
                        code: "link",
                        component: job.target.name,
                        message: "the link \(link) stays as it is: what it led to in the snapshot "
                            + "is not there"
                    )
                )
            }
            guard let first = job.totals.firstWithoutMetadata else { continue }
            warnings.append(
                .init(
                    code: "metadata",
                    component: job.target.name,
                    message: "\(job.totals.withoutMetadata) owners, modes or attributes could not "
                        + "be set, first \(first)"
                )
            )
        }
        return warnings
    }
}
