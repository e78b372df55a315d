internal import Deployments
internal import Documents

/// Servers and volumes that hold data which no folder of this machine shows.
struct ServerNotes {
    /// A volume with a name, and who writes in it.
    struct Volume: Equatable {
        var name: String
        var services: [String]
        /// Whether only a Qdrant writes in it, which is asked for its data.
        var isOfQdrant: Bool
    }

    /// By name.
    private(set) var volumes: [Volume] = []
    /// A line for each.
    private(set) var unprotected: [String] = []
    /// What servers said that were asked who they are.
    private(set) var answers: [String] = []
    private let answer: (String) -> String

    /// Goes through the services.
    ///
    /// - Parameters:
    ///   - stack: The deployment.
    ///   - variables: Of the env file.
    ///   - answer: Asks a Qdrant at a URL.
    init(_ stack: ComposeStack, _ variables: [String: String], answer: @escaping (String) -> String)
    {
        self.answer = answer
        for service in stack.services {
            switch ServiceKind(image: service.image) {
            case .qdrant:
                let url = service.ports.first { $0.target == 6333 }?.url
                addQdrant("service \(service.name)", at: url)
            case .postgres:
                unprotected.append("postgres: service \(service.name); not supported yet")
            case .server, .ordinary: break
            }
        }
        addForeignQdrant(stack, variables)
        addVolumes(stack.services)
    }

    /// A Qdrant that another stack runs, as the environment of this one names it.
    private mutating func addForeignQdrant(_ stack: ComposeStack, _ variables: [String: String]) {
        let places = stack.services.map(\.environment) + [variables]
        let urls = Set(places.compactMap { $0["QDRANT_URL"] }).filter(TextRule.url.accepts)
        for url in urls.sorted() {
            // Paths and queries may hold keys.
            let parts = url.split(separator: "/", omittingEmptySubsequences: false)
            let origin = parts[2].prefix { $0 != "?" && $0 != "#" }
            let host = origin.prefix { $0 != ":" }
            guard !stack.services.contains(where: { $0.name == host }) else { continue }
            addQdrant("QDRANT_URL", at: "\(parts[0])//\(origin)")
        }
    }

    private mutating func addQdrant(_ subject: String, at url: String?) {
        guard let url else {
            let text = "qdrant: \(subject) without a published port, which a backup needs"
            return unprotected.append(text)
        }
        let component = "qdrant: {qdrant: \"\(url)\"}"
        unprotected.append("qdrant: \(subject) at \(url); to protect it, add: \(component)")
        answers.append("qdrant at \(url): \(answer(url))")
    }

    private mutating func addVolumes(_ services: [ComposeService]) {
        var users: [String: [ComposeService]] = [:]
        for service in services {
            for case .volume(let name) in service.mounts.filter({ !$0.isReadOnly }).map(\.source) {
                users[name, default: []].append(service)
            }
        }
        for (name, services) in users.sorted(by: { $0.key < $1.key }) {
            let names = services.map(\.name).joined(separator: ", ")
            guard !name.hasPrefix("/") else {
                unprotected.append("a volume without a name at \(name), mounted by \(names)")
                continue
            }
            let kinds = services.map { ServiceKind(image: $0.image) }
            let volume = Volume(
                name: name,
                services: services.map(\.name),
                isOfQdrant: kinds.allSatisfy { $0 == .qdrant }
            )
            volumes.append(volume)
            // Files of a server are whole only while it is stopped.
            let isPlain = kinds.allSatisfy { $0 == .ordinary }
            let advice = isPlain ? "; to protect it, add: \(volume.entry)" : ""
            unprotected.append(volume.text + advice)
        }
    }
}

extension ServerNotes.Volume {
    /// What is said of it.
    var text: String { "volume \(name), mounted by \(services.joined(separator: ", "))" }

    /// A component for it, as a line of a configuration.
    var entry: String {
        let component = ComponentNames.valid(name, fallback: "volume")
        return "\(component): {volume: \(YAMLText.scalar(name))}"
    }
}
