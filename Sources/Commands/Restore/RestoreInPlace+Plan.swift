internal import Arguments
internal import Backup
internal import Deduplication
internal import Files
internal import Recovery
internal import Subjects

/// What is put back where.
extension RestoreInPlace {
    func plan(
        _ files: [(Component, FileTreeSource)]
    ) throws(CommandFailure) -> [Job] {
        var jobs: [Job] = []
        for (configured, source) in files {
            guard let component = snapshot.components[source.name] else {
                preconditionFailure("the names were taken from the snapshot")
            }
            if let elsewhere = component.elsewhere, source.models == nil {
                throw CommandFailure(
                    .failed,
                    "elsewhere",
                    "of \(elsewhere.text) snapshot \(snapshot.id) has only the hashes, so it cannot "
                        + "take the place of what is there",
                    component: source.name,
                    next: "name the other components, or restore it with --to DIR, which lists "
                        + "what to fetch"
                )
            }
            let target = target(source, configured)
            var models: ModelReturn?
            if case .versions(let options) = configured.kind {
                models = try ModelReturn(options, component)
            }
            jobs.append(Job(target: target, component: component, source: source, models: models))
        }
        return jobs
    }

    /// A mount keeps its name: inside of what is replaced it would be left behind.
    func refuseMounts(_ jobs: [Job]) throws(CommandFailure) {
        for target in jobs.map(\.target) {
            let mount: Path?
            do throws(FileError) {
                mount = try target.mountInTheWay()
            } catch {
                throw CommandFailure(error, doing: "look for mounts in \(target.folder)")
            }
            guard let mount else { continue }
            throw CommandFailure(
                .preflightFailed,
                "mount",
                "\(mount) is a mount of its own, and cannot be replaced with what is around it",
                component: target.name,
                next:
                    "unmount it for the restore, or make components of it and of what is beside it"
            )
        }
    }

    func target(_ source: FileTreeSource, _ configured: Component) -> RestoreTarget {
        var isAppendOnly = false
        if case .path(let options) = configured.kind { isAppendOnly = options.isAppendOnly }
        let (folder, extent) = place(source)
        let keepsSecrets = !source.storesSecrets
        return RestoreTarget(
            name: source.name,
            folder: folder,
            extent: extent,
            isAppendOnly: isAppendOnly
        ) { path in
            source.excludes(path)
                || keepsSecrets && SecretFiles.isSecret(folder, path)
        }
    }

    /// By what is there now; where nothing is, by what the snapshot's source was.
    func place(_ source: FileTreeSource) -> (Path, RestoreTarget.Extent) {
        if let root = try? source.resolve() {
            switch root.selection {
            // Other versions than those of the snapshot stay.
            case .everything where source.models != nil: return (root.folder.resolved, .children)
            // What a link leads to is replaced, never the link.
            case .everything: return (root.folder.resolved, .folder)
            case .file(let name): return (root.folder, .file(name))
            case .pattern: return (root.folder, .files)
            }
        }
        let path = Path(source.path)
        let component = snapshot.components[source.name]
        if component?.folders == 0, component?.files == 1 {
            return (path.parent, .file(path.lastComponent))
        }
        return (path, .folder)
    }
}
