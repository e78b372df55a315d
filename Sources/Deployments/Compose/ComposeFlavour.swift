internal import Processes
internal import Threads

/// The compose program of this machine.
public struct ComposeFlavour: Sendable, Equatable, Codable {
    /// Which of the three.
    public enum Kind: String, Sendable, Codable {
        /// `docker compose`, or a `docker-compose` of the same program.
        case v2 = "docker compose v2"
        /// `docker-compose` 1, which nobody maintains any more.
        case v1 = "docker-compose v1"
        /// `podman compose`.
        case podman = "podman compose"
    }

    /// Which it is.
    public let kind: Kind
    /// Such as `2.27.0`.
    public let version: String
    /// How it is called.
    let words: [String]

    /// The engine's program that belongs to it.
    public var engineProgram: String { kind == .podman ? "podman" : "docker" }

    /// What a person should know of it; nil where there is nothing.
    public var warning: String? {
        kind == .v1
            ? "docker-compose \(version) is no longer maintained; install the plugin docker compose"
            : nil
    }

    /// For people.
    public var name: String { "\(words.joined(separator: " ")) \(version)" }

    private static let known = Monitor<[String: ComposeFlavour]>([:])

    /// Finds it: the plugin of `docker`, else `docker-compose`, else `podman compose`.
    ///
    /// Asked once in a run for each `PATH`, since some take a second to start.
    ///
    /// - Parameter environment: All variables for it.
    /// - Returns: Nil where none answers.
    public static func find(_ environment: [String: String]) -> ComposeFlavour? {
        let place = environment["PATH", default: ""]
        if let flavour = known.change({ $0[place] }) { return flavour }
        let programs = [["docker", "compose"], ["docker-compose"], ["podman", "compose"]]
        for words in programs {
            let asking = words + ["version", "--short"]
            var command = Command(asking, environment: Environment(environment))
            command.deadlineSeconds = 20
            guard let result = try? command.run(), result.succeeded else { continue }
            let flavour = read(words, result.output.text)
            known.change { $0[place] = flavour }
            return flavour
        }
        return nil
    }

    /// Reads what `version --short` says.
    static func read(_ words: [String], _ said: String) -> ComposeFlavour {
        let line = said.split(separator: "\n").last.map { String($0).trimmed } ?? ""
        let version = line.hasPrefix("v") ? String(line.dropFirst()) : line
        let kind: Kind =
            words[0] == "podman" ? .podman : version.hasPrefix("1.") ? .v1 : .v2
        return ComposeFlavour(kind: kind, version: version, words: words)
    }
}
