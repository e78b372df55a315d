internal import Databases
internal import Deduplication
internal import Files
internal import Manifests
internal import Recovery

extension RestoreInPlace {
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
