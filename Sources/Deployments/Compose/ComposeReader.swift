public import Documents
public import Files

/// Reads one compose file's services; what is not understood is passed over.
public struct ComposeReader {
    private let root: YAMLNode
    private let base: Path
    private let interpolation: Interpolation
    /// Variables without a value that a path of the host needs.
    public private(set) var unsetVariables: Set<String> = []

    /// Takes a file.
    ///
    /// - Parameters:
    ///   - root: Its content.
    ///   - base: Where relative paths start.
    ///   - variables: What `${NAME}` stands for.
    public init(_ root: YAMLNode, base: Path, variables: [String: String]) {
        self.root = root
        self.base = base
        interpolation = Interpolation(variables: variables)
    }

    var projectName: String? { root["name"].flatMap(text) }

    /// All services in the order of the file.
    ///
    /// - Returns: What could be understood of them.
    public mutating func services() -> [ComposeService] {
        (root["services"]?.entries ?? []).map { entry in
            var service = ComposeService(name: entry.key)
            service.image = entry.value["image"].flatMap(text)
            service.tagKeys = tagKeys(entry.value["image"])
            service.mounts = (entry.value["volumes"]?.items ?? []).compactMap { mount($0) }
            service.environment = environment(entry.value)
            service.ports = (entry.value["ports"]?.items ?? []).flatMap(ports)
            service.workingFolder = entry.value["working_dir"].flatMap(text)
            service.environmentFiles = environmentFiles(entry.value)
            service.dependencies = names(entry.value["depends_on"])
            service.profiles = names(entry.value["profiles"])
            service.restart = entry.value["restart"].flatMap(text)
            service.isBuilt = entry.value["build"] != nil
            service.healthCheck = entry.value["healthcheck"].flatMap(healthCheck)
            return service
        }
    }

    private func text(_ node: YAMLNode) -> String? {
        guard let scalar = node.scalar, scalar.value != .null else { return nil }
        return interpolation.expand(scalar.text).text
    }

    private func tagKeys(_ image: YAMLNode?) -> [String] {
        guard let raw = image?.scalar?.text else { return [] }
        var depth = 0
        var colon: String.Index?
        for index in raw.indices {
            switch raw[index] {
            case "{": depth += 1
            case "}": depth -= 1
            case "/" where depth == 0: colon = nil
            case ":" where depth == 0: colon = index
            default: break
            }
        }
        return colon.map { Interpolation.names(in: raw[$0...]) } ?? []
    }

    private func ports(_ node: YAMLNode) -> [ComposePort] {
        if let text = text(node) { return ComposePort.parse(text) }
        guard let published = node["published"].flatMap(text),
            let target = node["target"].flatMap(text)
        else { return [] }
        return ComposePort.parse("\(published):\(target)").map {
            var port = $0
            port.address = node["host_ip"].flatMap(text)
            return port
        }
    }

    /// The items of a list, or the keys of a mapping in their order.
    private func names(_ node: YAMLNode?) -> [String] {
        (node?.items ?? []).compactMap(text) + (node?.entries ?? []).map(\.key)
    }

    private func healthCheck(_ node: YAMLNode) -> ComposeHealthCheck? {
        let words = node["test"]?.items?.compactMap(text)
        if node["disable"]?.scalar?.value == .boolean(true) || words == ["NONE"] { return nil }
        var check = ComposeHealthCheck()
        func seconds(_ key: String) -> Double? {
            node[key].flatMap(text).flatMap(ComposeHealthCheck.seconds)
        }
        check.intervalSeconds = seconds("interval") ?? check.intervalSeconds
        check.timeoutSeconds = seconds("timeout") ?? check.timeoutSeconds
        check.startPeriodSeconds = seconds("start_period") ?? check.startPeriodSeconds
        check.retryCount = node["retries"].flatMap(text).flatMap { Int($0) } ?? check.retryCount
        return check
    }

    private func environmentFiles(_ service: YAMLNode) -> [Path] {
        let files = service["env_file"].map { $0.items ?? [$0] } ?? []
        return files.compactMap { text($0) ?? $0["path"].flatMap(text) }.map(base.appending)
    }

    /// What a service's containers see: its env files first, then its own entries.
    private func environment(_ service: YAMLNode) -> [String: String] {
        var found: [String: String] = [:]
        for path in environmentFiles(service) {
            guard let bytes = try? OpenFile(path, .read).readAll(limitBytes: 1 << 20) else {
                continue
            }
            let values = EnvironmentFile.values(in: String(decoding: bytes, as: UTF8.self))
            found.merge(values.mapValues { interpolation.expand($0).text }) { $1 }
        }
        guard let node = service["environment"] else { return found }
        for entry in node.entries ?? [] {
            found[entry.key] = text(entry.value) ?? interpolation.variables[entry.key]
        }
        for item in (node.items ?? []).compactMap(text) {
            let mark = item.firstIndex(of: "=") ?? item.endIndex
            let name = String(item[..<mark])
            found[name] =
                mark == item.endIndex
                ? interpolation.variables[name] : String(item[mark...].dropFirst())
        }
        return found
    }

    // MARK: Mounts

    private mutating func mount(_ node: YAMLNode) -> ComposeMount? {
        if let raw = node.scalar?.text { return shortMount(interpolation.expand(raw)) }
        guard let target = node["target"].flatMap(text) else { return nil }
        let isReadOnly = node["read_only"]?.scalar?.value == .boolean(true)
        switch node["type"].flatMap(text) {
        case "bind":
            guard let raw = node["source"]?.scalar?.text else { return nil }
            return hostMount(interpolation.expand(raw), target, isReadOnly)
        case "tmpfs": return ComposeMount(source: .temporary, target: target)
        case "volume", nil:
            let name = node["source"].flatMap(text) ?? target
            return ComposeMount(source: volume(name), target: target, isReadOnly: isReadOnly)
        default: return nil
        }
    }

    private mutating func shortMount(_ found: Interpolation.Result) -> ComposeMount? {
        let parts = found.text.split(separator: ":", omittingEmptySubsequences: false).map(
            String.init
        )
        if parts.count == 1 { return ComposeMount(source: .volume(parts[0]), target: parts[0]) }
        let isReadOnly = parts.dropFirst(2).joined().split(separator: ",").contains("ro")
        guard let first = parts[0].first, "/.~".contains(first) else {
            // A variable without a value leaves nothing before the colon.
            if parts[0].isEmpty {
                unsetVariables.formUnion(found.unset)
                return nil
            }
            return ComposeMount(source: volume(parts[0]), target: parts[1], isReadOnly: isReadOnly)
        }
        return hostMount(.init(text: parts[0], unset: found.unset), parts[1], isReadOnly)
    }

    private mutating func hostMount(
        _ source: Interpolation.Result,
        _ target: String,
        _ isReadOnly: Bool
    ) -> ComposeMount? {
        guard source.unset.isEmpty else {
            unsetVariables.formUnion(source.unset)
            return nil
        }
        return ComposeMount(
            source: .host(hostPath(source.text)),
            target: target,
            isReadOnly: isReadOnly
        )
    }

    private func hostPath(_ text: String) -> Path {
        var path = Path(text)
        if text.hasPrefix("~"), let home = interpolation.variables["HOME"] {
            path = Path(home + text.dropFirst())
        }
        return base.appending(path).normalized
    }

    /// A named volume, which may be a folder of the host under another name.
    private func volume(_ name: String) -> ComposeMount.Source {
        let options = root["volumes"]?[name]?["driver_opts"]
        guard options?["type"].flatMap(text) == "none",
            let device = options?["device"].flatMap(text),
            !device.isEmpty
        else { return .volume(name) }
        return .host(hostPath(device))
    }
}
