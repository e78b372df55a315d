internal import Deduplication
internal import Files
internal import Recovery

/// The instant in which live data changes, and the way back.
extension RestoreInPlace {
    /// What a restore that was killed had moved aside is live again, before it is replaced anew.
    func putBack(_ jobs: [Job], _ state: StateFolder) throws(CommandFailure) {
        for operation in RestoreJournal.unfinished(state) {
            for job in jobs {
                let back: [Path]
                do throws(RecoveryError) {
                    back = try UnfinishedSwap.putBack(job.target, operation: operation)
                } catch {
                    throw CommandFailure(
                        error,
                        component: job.target.name,
                        state: "the restore \(operation) was killed, and what it had moved aside "
                            + "could not be put back",
                        next: nil
                    )
                }
                guard let first = back.first else { continue }
                let more = back.count > 1 ? " and \(back.count - 1) more" : ""
                context.console.problem(
                    "warning",
                    "put back what the killed restore \(operation) had moved aside: \(first)\(more)"
                )
            }
        }
    }

    func swap(_ jobs: inout [Job]) throws(CommandFailure) {
        for index in jobs.indices {
            guard let staging = jobs[index].staging else { continue }
            try foldLogs(of: jobs[index].target, jobs[index].component)
            try catchUp(jobs[index])
            let swap = Swap(jobs[index].target, staged: staging.folder, operation: operation)
            do throws(RecoveryError) {
                try swap.run()
                jobs[index].swap = swap
            } catch {
                for done in jobs.reversed() { done.swap?.undo() }
                throw failure(error, of: swap, jobs, jobs[index].target.name)
            }
        }
    }

    /// Logs that only grow were written to while everything was staged.
    func catchUp(_ job: Job) throws(CommandFailure) {
        do throws(RecoveryError) {
            try job.staging?.catchUp(repository, job.component)
        } catch {
            throw CommandFailure(
                error,
                component: job.target.name,
                state: "everything is as it was before",
                next: nil
            )
        }
    }

    func failure(
        _ error: RecoveryError,
        of swap: Swap,
        _ jobs: [Job],
        _ name: String
    ) -> CommandFailure {
        let swaps = [swap] + jobs.compactMap(\.swap)
        if swaps.allSatisfy(\.isUndone) {
            return CommandFailure(
                error,
                component: name,
                state: "everything is as it was before",
                next: nil
            )
        }
        let folders = jobs.compactMap { $0.staging?.folder.parent.description }
        return CommandFailure(
            .notReverted,
            "not-reverted",
            error.message,
            component: name,
            state: "not everything could be put back; nothing was removed",
            next: "look into the folders .recover-prev-\(operation)-* and "
                + ".recover-stage-\(operation)-* in \(Set(folders).sorted().joined(separator: ", "))"
        )
    }
}
