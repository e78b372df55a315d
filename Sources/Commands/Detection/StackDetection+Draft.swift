internal import Deployments
internal import Files

extension StackDetection {
    /// The smallest configuration for what was found.
    ///
    /// - Parameters:
    ///   - stack: Its name.
    ///   - repository: Where snapshots go.
    ///   - home: The folder of the configuration; paths below it are written from there.
    /// - Returns: The draft.
    func draft(stack: String, repository: RepositoryPlace, home: Path) -> ConfigurationDraft {
        func written(_ path: Path) -> String {
            let relative = home.relative(path)?.text ?? ""
            return relative.isEmpty || relative.first == "~" ? path.text ?? "" : relative
        }
        var draft = ConfigurationDraft(stack: stack, repository: written(repository.path))
        if !files.chosen.isEmpty {
            draft.compose = .init(
                files: files.chosen.map(written),
                envFile: environment.file.map(written),
                envSample: environment.sample.map(written),
                tagKey: tagKey
            )
        }
        var names = ComponentNames()
        var archived: [String] = []
        for proposal in proposals {
            let name = names.unique(proposal.names)
            if proposal.isArchived { archived.append(name) }
            draft.components.append(
                .init(
                    name: name,
                    source: .path(written(proposal.path)),
                    isRequired: proposal.role == .security,
                    exclude: proposal.exclude,
                    comments: proposal.comments
                )
            )
        }
        if !archived.isEmpty {
            draft.archives = .init(
                folder: written(repository.archives),
                components: archived,
                comments: ["Plain copies, beside the repository until a second disk is known."]
            )
        }
        draft.unprotected = unprotected
        return draft
    }
}
