internal import Deployments

extension DeploymentRecord {
    /// For people: what ran, under which names.
    var lines: [String] {
        let program = compose?.name ?? "no compose"
        let engine = engineVersion.map { ", engine \($0)" } ?? ", the engine did not answer"
        var lines = [
            "runs      project \(project?.name ?? "-") by \(program)\(engine)",
            "          \(tag.key)=\(tag.value ?? "-")" + (git.map { ", \($0.text)" } ?? ""),
        ]
        lines += services.map(\.line)
        for file in environmentFiles {
            let flags = file.features.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            let kept = file.storedAs == nil ? "values not kept" : "VALUES KEPT"
            lines.append(
                "          \(file.path): \(file.keys.count) keys, \(kept)"
                    + (flags.isEmpty ? "" : ", " + flags.joined(separator: " "))
            )
        }
        for schema in schemas
        where schema.service != nil || schema.alembic != nil || (schema.userVersion ?? 0) != 0 {
            let isRoot = schema.path.isEmpty && schema.service == nil
            let place = isRoot ? schema.component : schema.place
            let why = schema.fault.map { ", \($0)" } ?? ""
            lines.append("          schema \(place): \(schema.text)\(why)")
        }
        return lines
    }
}

extension DeploymentRecord.Service {
    /// For people.
    var line: String {
        let image = imageID.map { " \($0.prefix(19))" } ?? ", no such image here"
        let states = containers.map { container in
            var text = container.health.map { "\(container.state), \($0)" } ?? container.state
            if container.restartCount > 0 { text += ", restarted \(container.restartCount) times" }
            let runs = container.imageID == imageID || imageID == nil
            return runs ? text : text + ", with another image \(container.imageID.prefix(19))"
        }
        let state = states.isEmpty ? "no container" : states.joined(separator: "; ")
        return "          \(name): \(self.image ?? "-")\(image), \(state)"
    }
}

extension GitState {
    /// For people.
    var text: String {
        "git \(head.map { String($0.prefix(12)) } ?? "without a commit")"
            + (isDirty ? ", not all committed" : "")
    }
}
