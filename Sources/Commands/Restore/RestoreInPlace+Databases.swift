internal import Databases
internal import Deduplication
internal import Files
internal import Manifests
internal import Recovery

/// What has to be known of the databases among what is put back.
extension RestoreInPlace {
    /// A database that a process holds open would go on writing to the file that was put aside.
    func refuseHeld(_ jobs: [Job]) throws(CommandFailure) {
        for job in jobs {
            var paths: [Path] = []
            var tree = try querying { () throws(RepositoryError) in
                try repository.tree(job.component, name: job.target.name)
            }
            while let entry = try querying({ () throws(RepositoryError) in try tree.next() }) {
                guard entry.database != nil else { continue }
                let path = job.target.folder.appending(entry.path)
                paths += [path, path.adding(suffix: "-wal"), path.adding(suffix: "-shm")]
            }
            let holders = FileHolders.find(paths)
            guard let first = holders.first else { continue }
            let names = Set(holders.map { "\($0.name) (process \($0.processID))" }).sorted()
            throw CommandFailure(
                .failed,
                "held",
                "\(names.joined(separator: ", ")) holds \(first.path)",
                component: job.target.name,
                next: "stop it, then run the restore again"
            )
        }
    }

    func check(_ path: Path, _ job: Job) throws(CommandFailure) {
        guard let folder = job.staging?.folder else { return }
        let finding: String?
        do throws(DatabaseError) {
            let database = try Database(finished: folder.appending(path).bytes)
            let report = try database.check(.quick, messageLimit: 1)
            finding = report.outcome == .damaged ? report.messages.first ?? "damaged" : nil
        } catch {
            finding = error.description
        }
        guard let finding, job.component.complete else { return }
        throw CommandFailure(
            .damaged,
            "unproven",
            "the staged database \(path) is not sound: \(finding)",
            component: job.target.name,
            state: "nothing live was touched",
            next: "recover list"
        )
    }

    /// Folds the logs of live databases that will leave their names one by one.
    ///
    /// A run that is killed between a log and its database would leave one without the other. What
    /// SQLite cannot open any more goes aside as it is; the safety snapshot has it, too.
    func foldLogs(of target: RestoreTarget, _ component: Snapshot.Component)
        throws(CommandFailure)
    {
        switch target.extent {
        case .folder where Staging.base(target) != target.folder: return
        case .children: return
        case .folder, .file, .files: break
        }
        var tree = try querying { () throws(RepositoryError) in
            try repository.tree(component, name: target.name)
        }
        while let entry = try querying({ () throws(RepositoryError) in try tree.next() }) {
            guard entry.database != nil else { continue }
            let live = target.folder.appending(entry.path)
            let logs = ["-wal", "-journal"].map { live.adding(suffix: $0) }
            guard let status = try? FileStatus(of: live), status.kind == .file,
                logs.contains(where: { (try? FileStatus(of: $0)) != nil })
            else { continue }
            try? FoldedLog.fold(live.bytes)
        }
    }
}
