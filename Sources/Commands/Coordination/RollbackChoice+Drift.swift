internal import Deduplication

/// Snapshots that are called after another TAG than the one that ran.
extension RollbackChoice {
    /// The TAG that ran when a snapshot was taken; nil where it does not say.
    func ran(in snapshot: Snapshot) throws(CommandFailure) -> String? {
        try repository.deployment(of: snapshot)?.tagThatRan(TagForm(loaded.value.release))
    }

    /// Whether a snapshot that somebody names is of a TAG: by what ran, since the env file by which it
    /// is called may have been edited before it was taken; by its name where nothing says what ran.
    ///
    /// Of tags that stand in the compose file it may know none.
    static func isOf(_ tag: String, called: String?, ran: String?) -> Bool {
        (ran ?? called ?? tag) == tag
    }

    /// Data that was written under another TAG is none of this one.
    func requireData(of tag: String, in snapshot: Snapshot) throws(CommandFailure) {
        guard let ran = try ran(in: snapshot), ran != tag else { return }
        throw CommandFailure(
            .incompatible,
            "tag-drift",
            "snapshot \(snapshot.id) is called TAG \(tag), but \(ran) ran when it was taken",
            state: "nothing was changed",
            next:
                "recover restore --snapshot \(snapshot.id), which brings its data and TAG \(ran), "
                + "or recover rollback \(tag), which leaves data as it is"
        )
    }
}
