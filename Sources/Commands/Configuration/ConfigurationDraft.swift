internal import Documents

/// The smallest `recover.yaml` for what was found on a host, as `recover init` writes it.
struct ConfigurationDraft: Sendable {
    struct Component: Sendable {
        /// The value with its key, such as `path: /srv/data`.
        enum Source: Sendable {
            case path(String)
            case qdrant(url: String, apiKeyVariable: String?)
            case versions(path: String, link: String)
            case volume(String)
            case postgres(service: String)
        }

        let name: String
        let source: Source
        var isRequired = false
        /// Patterns below the path that it leaves out.
        var exclude: [String] = []
        /// What was found, for the lines above the component.
        var comments: [String] = []
    }

    struct Compose: Sendable {
        var files: [String]
        var envFile: String?
        var envSample: String?
        var tagKey: String?
        var profiles: [String] = []
    }

    struct Archives: Sendable {
        let folder: String
        let components: [String]
        var comments: [String] = []
    }

    var stack: String
    var repository: String
    var compose: Compose?
    var components: [Component] = []
    var archives: Archives?
    /// What was found and cannot be protected yet, a line each.
    var unprotected: [String] = []

    /// The file's text, in which every name stays on its line whatever it holds.
    var text: String {
        var lines = [
            "# What is protected, and where its snapshots go. All keys: recover config schema",
            "version: 1",
            pair("stack", stack),
            pair("repository", repository),
        ]
        if let compose { lines.append("compose: \(flow(compose.pairs))") }
        lines.append(components.isEmpty ? "components: {}" : "components:")
        for component in components {
            lines += component.comments.map { "  \(comment($0))" }
            lines.append("  \(YAMLText.scalar(component.name)): \(component.value)")
        }
        if let archives {
            lines += archives.comments.map(comment)
            let pairs = [pair("dir", archives.folder), "components: \(list(archives.components))"]
            lines.append("archives: \(flow(pairs))")
        }
        if !unprotected.isEmpty {
            lines += ["", "# Found, not yet protected:"] + unprotected.map { comment("- \($0)") }
        }
        return lines.map { "\($0)\n" }.joined()
    }
}

extension ConfigurationDraft.Compose {
    fileprivate var pairs: [String] {
        var pairs = ["files: \(list(files))"]
        if let envFile { pairs.append(pair("env_file", envFile)) }
        if let envSample { pairs.append(pair("env_sample", envSample)) }
        if let tagKey { pairs.append(pair("tag_key", tagKey)) }
        if !profiles.isEmpty { pairs.append("profiles: \(list(profiles))") }
        return pairs
    }
}

extension ConfigurationDraft.Component {
    /// The short form where it says everything, else a mapping on one line.
    fileprivate var value: String {
        var pairs: [String]
        switch source {
        case .path(let path):
            if !isRequired && exclude.isEmpty { return YAMLText.scalar(path) }
            pairs = [pair("path", path)]
        case .qdrant(let url, let variable):
            pairs = [pair("qdrant", url)]
            if let variable { pairs.append(pair("api_key", "env:\(variable)")) }
        case .versions(let path, let link):
            pairs = [pair("versions", path), pair("link", link)]
        case .volume(let name): pairs = [pair("volume", name)]
        case .postgres(let service): pairs = [pair("postgres", service)]
        }
        if isRequired { pairs.append("required: true") }
        if !exclude.isEmpty { pairs.append("exclude: \(list(exclude))") }
        return flow(pairs)
    }
}

private func pair(_ key: String, _ value: String) -> String {
    "\(key): \(YAMLText.scalar(value))"
}

private func list(_ items: [String]) -> String {
    "[\(items.map(YAMLText.scalar).joined(separator: ", "))]"
}

private func flow(_ pairs: [String]) -> String {
    "{\(pairs.joined(separator: ", "))}"
}

private func comment(_ text: String) -> String {
    "# \(YAMLText.comment(text))"
}
