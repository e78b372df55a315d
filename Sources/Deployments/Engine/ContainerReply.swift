internal import FoundationEssentials

/// What the engine is asked about containers, and how its answer is read.
///
/// The template lets names of variables pass, and `FEATURE_…` whole; no other value leaves the
/// engine's program.
struct ContainerReply: Decodable {
    let id: String
    let name: String
    let service: String
    let oneOff: String?
    let image: String
    let imageID: String
    let state: String
    let health: String?
    let exitCode: Int
    let outOfMemory: Bool?
    let restartCount: Int
    let restartPolicy: String
    let startedAt: String
    let keys: [String]
    let features: [String?]

    enum CodingKeys: String, CodingKey {
        case id, name, service, image, state, health, keys, features
        case oneOff = "one_off"
        case imageID = "image_id"
        case exitCode = "exit_code"
        case outOfMemory = "out_of_memory"
        case restartCount = "restart_count"
        case restartPolicy = "restart_policy"
        case startedAt = "started_at"
    }

    /// `.ID` and not `.Id`: with the field names of its own types the engine gives what is not there
    /// as nothing; with those of its JSON it would fail.
    static let template = [
        #"{"id":{{json .ID}},"name":{{json .Name}}"#,
        #""service":{{json (index .Config.Labels "com.docker.compose.service")}}"#,
        #""one_off":{{json (index .Config.Labels "com.docker.compose.oneoff")}}"#,
        #""image":{{json .Config.Image}},"image_id":{{json .Image}}"#,
        #""state":{{json .State.Status}},"exit_code":{{.State.ExitCode}}"#,
        #""out_of_memory":{{.State.OOMKilled}}"#,
        #""health":{{if .State.Health}}{{json .State.Health.Status}}{{else}}null{{end}}"#,
        #""restart_count":{{.RestartCount}},"started_at":{{json .State.StartedAt}}"#,
        #""restart_policy":{{json .HostConfig.RestartPolicy.Name}}"#,
        #""keys":[{{range $i, $e := .Config.Env}}{{if $i}},{{end}}"#
            + #"{{json (index (split $e "=") 0)}}{{end}}]"#,
        #""features":[{{range .Config.Env}}{{if eq (truncate . 8) "FEATURE_"}}{{json .}},"#
            + #"{{end}}{{end}}null]}"#,
    ].joined(separator: ",")

    /// Reads the engine's lines, one for each container.
    static func containers(_ text: String) throws(DeploymentError) -> [Container] {
        var found: [Container] = []
        for line in text.split(separator: "\n") where !line.isEmpty {
            guard
                let reply = try? JSONDecoder().decode(Self.self, from: Data(line.utf8))
            else {
                throw DeploymentError(.engine, "the container engine gave an unreadable answer")
            }
            // What `compose run` left is no part of the deployment.
            if reply.oneOff?.lowercased() == "true" { continue }
            found.append(reply.container)
        }
        return found.sorted { ($0.service, $0.name) < ($1.service, $1.name) }
    }

    private var container: Container {
        var flags: [String: String] = [:]
        for entry in features.compactMap(\.self) {
            guard let mark = entry.firstIndex(of: "=") else { continue }
            flags[String(entry[..<mark])] = String(entry[entry.index(after: mark)...])
        }
        return Container(
            id: id,
            name: name.hasPrefix("/") ? String(name.dropFirst()) : name,
            service: service,
            imageName: image,
            imageID: imageID,
            state: state,
            health: health?.isEmpty == true ? nil : health,
            exitCode: exitCode,
            isOutOfMemory: outOfMemory,
            restartCount: restartCount,
            restartPolicy: restartPolicy.isEmpty ? "no" : restartPolicy,
            startedAt: startedAt,
            environmentKeys: keys,
            features: flags
        )
    }
}
