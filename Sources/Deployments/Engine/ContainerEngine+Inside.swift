internal import FoundationEssentials
internal import Processes

/// Questions to what runs inside a container.
extension ContainerEngine {
    /// Variables of a container; their values are for use and never to be shown.
    ///
    /// - Parameters:
    ///   - names: Which; no other value leaves the engine's program.
    ///   - id: The container.
    /// - Returns: Values by name; what it does not have is left out.
    /// - Throws: ``DeploymentError``.
    func variables(_ names: [String], of id: String) throws(DeploymentError) -> [String: String] {
        let words = [program, "inspect", "--format", Self.template(names), id]
        let text = try runner.run(words, deadlineSeconds: 20, code: .engine)
        guard let found = try? JSONDecoder().decode([String?].self, from: Data(text.utf8)) else {
            throw DeploymentError(.engine, "the container engine gave an unreadable answer")
        }
        var values: [String: String] = [:]
        for entry in found.compactMap(\.self) {
            guard let mark = entry.firstIndex(of: "=") else { continue }
            values[String(entry[..<mark])] = String(entry[entry.index(after: mark)...])
        }
        return values
    }

    /// What the engine is asked for these variables.
    static func template(_ names: [String]) -> String {
        let tests = names.map { #"(eq (truncate . \#($0.utf8.count + 1)) "\#($0)=")"# }
        return "[{{range .Config.Env}}{{if or \(tests.joined(separator: " "))}}{{json .}},"
            + "{{end}}{{end}}null]"
    }

    /// Runs a program in a container and waits for its end, whatever that is.
    ///
    /// - Parameters:
    ///   - words: The program and its arguments; no shell reads them.
    ///   - id: A running container.
    ///   - variables: For the program; their values are no arguments of anything.
    ///   - deadlineSeconds: When nobody waits any longer.
    /// - Returns: What it said, and how it ended.
    /// - Throws: ``DeploymentError`` where the engine's program cannot be started.
    func execute(
        _ words: [String],
        in id: String,
        variables: [String: String],
        deadlineSeconds: Double
    ) throws(DeploymentError) -> CommandResult {
        var runner = runner
        runner.environment.values.merge(variables) { $1 }
        var all = [program, "exec"]
        for name in variables.keys.sorted() { all += ["--env", name] }
        return try runner.attempt(all + [id] + words, deadlineSeconds: deadlineSeconds)
    }
}
