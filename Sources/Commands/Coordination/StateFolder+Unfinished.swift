internal import Files
internal import Operations

extension StateFolder {
    /// The operations that did not come to their end, the oldest first.
    func unfinished() throws(CommandFailure) -> [OperationJournal] {
        do throws(FileError) {
            return try OperationJournal.unfinished(in: path)
        } catch {
            throw CommandFailure(error, doing: "look for unfinished operations")
        }
    }

    /// What did not come to its end, by name; nobody is at work.
    var unfinishedNames: [String] {
        RestoreJournal.unfinished(self).map { "the restore \($0)" }
            + ((try? unfinished()) ?? []).map { "the operation \($0.operation)" }
    }

    /// Nothing changes beside an operation that was killed: its way back must stay open.
    func refuseUnfinished() throws(CommandFailure) {
        guard let journal = try unfinished().first else { return }
        throw CommandFailure(
            .unfinished,
            "unfinished",
            "the operation \(journal.operation) (\(journal.kind)) did not come to its end; it was at "
                + (journal.entries.last { $0.phase == .intent }?.step ?? "its beginning"),
            state: "it is as that run left it: recover log \(journal.operation)",
            next: "recover resume, or: recover abort \(journal.operation)"
        )
    }
}
