internal import Deduplication
internal import Deployments
internal import Files

/// What a plan says of compose and env files that are other than when the snapshot was taken: those of
/// now are used.
enum ConfigurationDrift {
    /// A line for each file.
    ///
    /// - Parameters:
    ///   - drift: What has changed.
    ///   - then: Gives a file as it was then by its name in the snapshot; nil where that is not known.
    /// - Returns: File names, counts of lines and names of keys; never a value.
    static func lines(
        _ drift: DeploymentDrift,
        then: (String) -> [UInt8]?
    ) -> [String] {
        drift.files.map { file in
            let name = "note: \(file.path)"
            guard let now = file.bytes else { return "\(name) was there then, and is gone" }
            guard let stored = file.storedAs else {
                return "\(name) was not there then; it is used"
            }
            guard let old = then(stored) else {
                return "\(name) is other than then; it is used as it is"
            }
            let (added, removed) = counts(from: old, to: now)
            return
                "\(name) is other than then (lines: \(added) more, \(removed) fewer); it is used as "
                + "it is"
        }
            + drift.environmentFiles.map { keys in
                let parts = [
                    ("changed", keys.changed), ("new", keys.added), ("gone", keys.removed),
                ].filter { !$0.1.isEmpty }.map { "\($0.0) \($0.1.joined(separator: ", "))" }
                return "note: \(keys.path) has other keys or values than then: "
                    + parts.joined(separator: "; ") + "; it is used as it is, but for the TAG"
            }
    }

    /// How many lines came, and how many went.
    static func counts(from old: [UInt8], to new: [UInt8]) -> (added: Int, removed: Int) {
        func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] { bytes.split(separator: 0x0A) }
        let changes = lines(new).difference(from: lines(old))
        return (changes.insertions.count, changes.removals.count)
    }
}

extension CoordinatedRecovery {
    /// What the files of the stack say other than when the TAG was captured.
    func drift(_ driver: ComposeDriver?, _ repository: Repository) throws(CommandFailure)
        -> [String]
    {
        guard let driver, let record = request.record, request.flags.isEmpty else { return [] }
        let state = try StateFolder(loaded.value, environment: context.environment)
        let drift = DeploymentDrift(
            driver.settings,
            from: record,
            key: FingerprintKey(existingIn: state.path)
        )
        return ConfigurationDrift.lines(drift) { name in
            guard let snapshot = request.snapshot else { return nil }
            return (try? repository.deploymentFile(name, of: snapshot)) ?? nil
        }
    }
}
