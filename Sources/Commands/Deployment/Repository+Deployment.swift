internal import Backup
internal import Deduplication
internal import Deployments
internal import Files
internal import Manifests
internal import Subjects

extension Repository {
    /// What ran when a snapshot was taken.
    ///
    /// - Parameter snapshot: Of this repository.
    /// - Returns: Nil where it does not say, such as of a stack without compose.
    /// - Throws: ``CommandFailure`` where it is damaged.
    func deployment(of snapshot: Snapshot) throws(CommandFailure) -> DeploymentRecord? {
        guard let bytes = try deploymentFile(DeploymentRecord.fileName, of: snapshot) else {
            return nil
        }
        if let record = DeploymentRecord(bytes) { return record }
        throw CommandFailure(
            .damaged,
            "damage",
            "the record of what ran in snapshot \(snapshot.id) is not readable",
            component: DeploymentRecord.componentName,
            next: "recover verify \(snapshot.id) --level deep"
        )
    }

    /// The archives of images that a snapshot holds.
    ///
    /// - Parameter snapshot: Of this repository.
    /// - Returns: Their paths below the component, such as `images/….tar`.
    /// - Throws: ``CommandFailure`` where it is damaged.
    func savedImages(in snapshot: Snapshot) throws(CommandFailure) -> [Path] {
        let component = DeploymentRecord.componentName
        guard let kept = snapshot.components[component], kept.outcome == "captured" else {
            return []
        }
        var tree = try querying { () throws(RepositoryError) in
            try self.tree(kept, name: component)
        }
        var found: [Path] = []
        while let entry = try querying({ () throws(RepositoryError) in try tree.next() }) {
            if entry.kind == .file, entry.path.parent == Path("images") { found.append(entry.path) }
        }
        return found
    }

    /// A file that is kept with what ran, such as a compose file.
    ///
    /// - Parameters:
    ///   - name: As the record says in `stored_as`.
    ///   - snapshot: Of this repository.
    /// - Returns: Its bytes, proven; nil where it was not kept.
    /// - Throws: ``CommandFailure`` where it is damaged.
    func deploymentFile(_ name: String, of snapshot: Snapshot) throws(CommandFailure) -> [UInt8]? {
        let component = DeploymentRecord.componentName
        guard let kept = snapshot.components[component], kept.outcome == "captured" else {
            return nil
        }
        var tree = try querying { () throws(RepositoryError) in
            try self.tree(kept, name: component)
        }
        while let entry = try querying({ () throws(RepositoryError) in try tree.next() }) {
            guard entry.path == Path(name) else { continue }
            do throws(CaptureError) {
                let content = try RepositoryContent(entry, in: self)
                return try content.read(0..<entry.sizeBytes)
            } catch {
                throw CommandFailure(error)
            }
        }
        return nil
    }
}
