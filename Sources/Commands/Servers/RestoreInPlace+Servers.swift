internal import Arguments
internal import Deduplication
internal import Recovery
internal import Subjects

extension RestoreInPlace {
    /// Which components are files and which are servers, as they are configured now.
    ///
    /// - Parameters:
    ///   - names: Components of the snapshot.
    ///   - configuration: Which says where they belong.
    ///   - plans: What an earlier run decided about collections, by component.
    /// - Returns: Both, each in the order of the names; servers were looked at.
    /// - Throws: ``CommandFailure``.
    func sort(
        _ names: [String],
        _ configuration: Configuration,
        plans: [String: [CollectionPlan]]? = nil
    ) throws(CommandFailure) -> (files: [(Component, FileTreeSource)], servers: [ServerReturn]) {
        let options = RestoreOptions(context.invocation)
        // What an earlier run began with is not asked about again.
        let named = plans == nil ? options.components : names
        let collections = options.collections
        var files: [(Component, FileTreeSource)] = []
        var servers: [(QdrantSource, Snapshot.Component)] = []
        for name in names {
            guard let component = snapshot.components[name] else {
                preconditionFailure("the names were taken from the snapshot")
            }
            let configured = configuration.components.first { $0.name == name }
            let server = configured.flatMap { BackupPlan.server($0, context.environment) }
            // Whoever names collections means no files, unless they are named as well.
            if server == nil, !collections.isEmpty, !named.contains(name) { continue }
            guard component.complete || named.contains(name) else {
                throw CommandFailure(
                    .failed,
                    "component-incomplete",
                    "it is incomplete in snapshot \(snapshot.id)",
                    component: name,
                    next: "name it to restore it all the same: recover restore … \(name)"
                )
            }
            if let server {
                servers.append((server, component))
            } else if let configured, let source = BackupPlan.source(configured, configuration) {
                files.append((configured, source))
            } else {
                throw CommandFailure(
                    .notFound,
                    "component-not-found",
                    "the configuration has no such component, so there is no place for it",
                    component: name,
                    next: "restore it elsewhere with --to DIR"
                )
            }
        }
        guard collections.isEmpty || servers.count == 1 else {
            throw CommandFailure(
                .usage,
                "usage",
                "--collection is about the collections of one Qdrant, and there are "
                    + "\(servers.count) among the components",
                next: "name the component"
            )
        }
        var returns: [ServerReturn] = []
        for (server, component) in servers {
            returns.append(
                try ServerReturn(
                    server,
                    component,
                    operation: operation,
                    repository,
                    context,
                    plans: plans?[server.name]
                )
            )
        }
        return (files, returns)
    }

    /// Lets restored collections take the place of the live ones, as the last step.
    ///
    /// - Parameters:
    ///   - servers: All of them are staged, and have their way back.
    ///   - jobs: Files that were swapped before, to be swapped back after a failure.
    /// - Throws: ``CommandFailure``.
    func put(_ servers: [ServerReturn], _ jobs: [Job]) throws(CommandFailure) {
        for (number, server) in servers.enumerated() {
            do throws(CommandFailure) {
                try server.put()
            } catch {
                let isUndone = servers[..<number].reversed().map { $0.undo() }.allSatisfy { $0 }
                for job in jobs.reversed() { job.swap?.undo() }
                let areSwapped = jobs.compactMap(\.swap).contains { !$0.isUndone }
                if error.status == .notReverted || isUndone && !areSwapped { throw error }
                throw CommandFailure(
                    .notReverted,
                    "not-reverted",
                    error.message,
                    component: error.component,
                    state: "not everything that was restored before it could be put back",
                    next: "recover log, and the folders .recover-prev-\(operation)-*"
                )
            }
        }
    }
}
