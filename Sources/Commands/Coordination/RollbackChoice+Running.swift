internal import Deployments
internal import Files

/// What runs now.
extension RollbackChoice {
    /// What runs now, as far as it tells a TAG.
    struct Running {
        /// By the key of the env file, unless images say another; where no service is tagged by it, by the names of images.
        var tag: String?
        /// Ids by service; empty where the key says it.
        var images: [String: String] = [:]

        /// Whether a TAG runs.
        ///
        /// - Parameters:
        ///   - tag: The TAG.
        ///   - record: What ran under it once; nil where nothing says that.
        /// - Returns: By images where they tell, else by the TAG.
        func isRunning(_ tag: String, _ record: DeploymentRecord?) -> Bool {
            let same = (record?.services ?? []).compactMap { service -> Bool? in
                guard let now = images[service.name],
                    let then = service.runningImageID ?? service.imageID
                else { return nil }
                return now == then
            }
            return same.isEmpty ? tag == self.tag : same.allSatisfy { $0 }
        }
    }

    func running() throws(CommandFailure) -> Running {
        let written = try EnvironmentFile.tag(loaded.value.compose)
        guard let driver else { return Running(tag: written) }
        let form = TagForm(loaded.value.release)
        return try driving { () throws(DeploymentError) in
            let key = driver.settings.tagKey
            let keyed = try driver.stack().services.filter { $0.tagKeys.contains(key) }
            let up = try driver.shown(try driver.containers()).filter(\.isUp)
            if !keyed.isEmpty {
                // The env file may have been edited, and `up` not run yet.
                let started = keyed.compactMap { service in
                    up.first { $0.service == service.name }.map {
                        (file: service.shownImage, started: $0.imageName)
                    }
                }
                return Running(tag: form.ran(started, written: written))
            }
            return Running(
                tag: form.common(of: up.map(\.imageName)),
                images: Dictionary(up.map { ($0.service, $0.imageID) }) { $1 }
            )
        }
    }

    /// The TAG that runs; nil where nothing says it.
    func runningTag() throws(CommandFailure) -> String? {
        let now = try running()
        if let tag = now.tag { return tag }
        // Started by their ids, as by a rollback.
        if !now.images.isEmpty, let same = try candidates().first(where: \.isRunning) {
            return same.tag
        }
        return try EnvironmentFile.tag(loaded.value.compose)
    }
}
