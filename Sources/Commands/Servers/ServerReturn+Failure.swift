internal import Deduplication
internal import Files
internal import Subjects

/// What is said where it did not go as planned.
extension ServerReturn {
    func warnBusy(_ plan: CollectionPlan, _ now: QdrantRestore.Replacement) {
        warnings.append(
            .init(
                code: "busy",
                component: name,
                message: "\(plan.place) was written to while it came back: \(now.operations) "
                    + "operations since, \(now.points) points now"
            )
        )
    }

    /// A failure of the server before anything live was changed.
    func untouched(_ error: QdrantRestoreError) -> CommandFailure {
        CommandFailure(
            error,
            component: name,
            state: "nothing live was touched",
            isPreflight: false
        )
    }

    /// A failure after which everything that was done before it is undone.
    func failure(
        _ error: QdrantRestoreError,
        _ plan: CollectionPlan
    ) -> CommandFailure {
        let isUndone = undo()
        let live = plan.previous.isEmpty ? plan.place : plan.previous.joined(separator: ", ")
        guard isUndone else {
            isStuck = true
            return CommandFailure(
                .notReverted,
                "not-reverted",
                error.message,
                component: name,
                state: "\(live) is neither what was wanted nor what it was; its archives as "
                    + "they were are in \(wayBack?.folder.description ?? "no folder") and in "
                    + "snapshot \(safety?.id.text ?? "none")",
                next: undoLine.map { String($0.dropFirst("undo: ".count)) }
                    ?? "look where the aliases lead, then run it again"
            )
        }
        if plan.isUnreadable, !replaced.contains(where: { $0.place == plan.place }) {
            isUnfinished = true
            return CommandFailure(
                .failed,
                "not-restored",
                error.message,
                component: name,
                state: "\(plan.place) could not be read before, and is not what was wanted",
                next: "see that the server answers and has room, then run it again"
            )
        }
        let state =
            error.wasPutBack || error.code == .notReverted
            ? "\(live) was replaced and put back as it was, which is proven"
            : "\(live) is as it was"
        return CommandFailure(
            .failed,
            "not-restored",
            error.message,
            component: name,
            state: state,
            next: "see that the server answers and has room, then run it again"
        )
    }
}
