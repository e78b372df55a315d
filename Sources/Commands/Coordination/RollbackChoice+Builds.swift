internal import Deduplication
internal import Deployments

/// A TAG that was built more than once.
extension RollbackChoice {
    /// Says where a TAG ran with other images than those that are chosen.
    ///
    /// - Parameters:
    ///   - tag: The TAG.
    ///   - request: With what ran under it, and the snapshot that says so.
    ///   - words: The command that takes another snapshot, but for its id.
    /// - Returns: One note, or none.
    /// - Throws: ``CommandFailure`` where the repository cannot be listed.
    func otherBuild(
        of tag: String,
        _ request: RecoveryRequest,
        _ words: String
    ) throws(CommandFailure) -> [String] {
        guard let record = request.record, let chosen = request.recordedIn else { return [] }
        let form = TagForm(loaded.value.release)
        // The newest ones: each is read for it.
        for snapshot in try snapshots().reversed().prefix(50)
        where snapshot.tag == tag && snapshot.id != chosen.id {
            guard let other = try? repository.deployment(of: snapshot),
                other.tagThatRan(form) ?? tag == tag
            else { continue }
            let services = Self.differing(record, other)
            if services.isEmpty { continue }
            return [
                "note: TAG \(tag) was built more than once: in snapshot \(snapshot.id), taken "
                    + "\(TimeText.short(snapshot.startedAt)), \(services.joined(separator: ", ")) ran "
                    + "another image; to run that one: \(words) \(snapshot.id)"
            ]
        }
        return []
    }

    /// The services that ran other images.
    static func differing(_ one: DeploymentRecord, _ other: DeploymentRecord) -> [String] {
        (one.tag.services + one.tag.literalServices).filter { name in
            guard let mine = one[service: name], let its = other[service: name],
                let now = mine.runningImageID ?? mine.imageID,
                let then = its.runningImageID ?? its.imageID
            else { return false }
            return now != then
        }.sorted()
    }
}
