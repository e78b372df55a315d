internal import Files

extension StackDetection {
    /// What an existing configuration does not speak of.
    ///
    /// - Parameter configuration: The existing one.
    /// - Returns: A warning for each thing.
    func uncovered(by configuration: Configuration) -> [Report.Warning] {
        func isCovered(_ path: Path) -> Bool {
            configuration.components.contains { component in
                guard let root = component.root, let rest = root.path.relative(path) else {
                    return false
                }
                return !root.exclude.contains { Glob($0).matches(rest) }
            }
        }
        var silent: Set<String> = ["compose-guess", "uncovered-database"]
        // Nothing was found here, but somebody has written down what there is.
        if !configuration.components.isEmpty { silent.insert("no-components") }
        var found = warnings.filter { !silent.contains($0.code) }
        for proposal in proposals where !isCovered(proposal.path) {
            // A component for a part of it is somebody's decision.
            let isPartly = configuration.components.contains { component in
                component.root.map { proposal.path.contains($0.path) } ?? false
            }
            guard !isPartly || proposal.role == .security else { continue }
            found.append(
                .init(code: "uncovered", message: "\(proposal.path) is in no component")
            )
        }
        for volume in volumes where !configuration.covers(volume, among: volumes) {
            found.append(
                .init(code: "uncovered-volume", message: "\(volume.text), is in no component")
            )
        }
        return found
    }
}

extension Configuration {
    /// Whether a component holds a volume: by its name in the compose file, or its whole one, which
    /// is none of another there; a Qdrant's is held by who asks the Qdrant.
    func covers(_ volume: ServerNotes.Volume, among volumes: [ServerNotes.Volume]) -> Bool {
        components.contains { component in
            switch component.kind {
            case .volume(let options):
                options.volume == volume.name
                    || options.volume.hasSuffix("_\(volume.name)")
                        && !volumes.contains { $0.name == options.volume }
            case .qdrant: volume.isOfQdrant
            case .path, .versions, .postgres: false
            }
        }
    }
}

extension Component {
    /// Where its data lies on this host, and what of it is left out.
    fileprivate var root: (path: Path, exclude: [String])? {
        switch kind {
        case .path(let options):
            let fixed = options.path.split(separator: "/").prefix { !Glob.isPattern(String($0)) }
            return (Path("/" + fixed.joined(separator: "/")), options.exclude)
        case .versions(let options): return (Path(options.path), options.exclude)
        case .qdrant, .volume, .postgres: return nil
        }
    }
}
