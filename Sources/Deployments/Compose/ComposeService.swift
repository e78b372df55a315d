public import Files

/// One service of a compose deployment, as far as its data is concerned.
public struct ComposeService: Sendable, Equatable {
    /// What compose calls it.
    public let name: String
    /// With variables replaced; nil where it is only built.
    public internal(set) var image: String?
    /// The same as it may be written down: variables of the env file by name, but for the TAG and flags.
    public internal(set) var shownImage: String?
    /// The variables in the tag of its image.
    public internal(set) var tagKeys: [String] = []
    /// What it sees of the host and of volumes.
    public internal(set) var mounts: [ComposeMount] = []
    /// What its containers see; values are used and never shown.
    public internal(set) var environment: [String: String] = [:]
    /// The files that part of it comes from, absolute.
    public internal(set) var environmentFiles: [Path] = []
    /// What the host publishes of it.
    public internal(set) var ports: [ComposePort] = []
    /// Where its program starts, inside the container.
    public internal(set) var workingFolder: String?
    /// The services that start before it.
    public internal(set) var dependencies: [String] = []
    /// Only with one of these profiles it is started unasked; always where there is none.
    public internal(set) var profiles: [String] = []
    /// When the engine starts it again, such as `unless-stopped`; nil is never.
    public internal(set) var restart: String?
    /// Whether its image can be built here.
    public internal(set) var isBuilt = false
    /// How its health is looked at; nil where the file says nothing of it, or switches it off.
    public internal(set) var healthCheck: ComposeHealthCheck?

    /// Whether the name of its image may be shown, also as an argument of a program.
    public var isImageShown: Bool { image == shownImage }

    /// Names a service of which nothing else is known.
    ///
    /// - Parameter name: What compose calls it.
    public init(name: String) {
        self.name = name
    }

    /// Takes what a later file says of the same service.
    mutating func merge(_ later: ComposeService) {
        if let image = later.image { (self.image, tagKeys) = (image, later.tagKeys) }
        let targets = Set(later.mounts.map(\.target))
        mounts = mounts.filter { !targets.contains($0.target) } + later.mounts
        environment.merge(later.environment) { $1 }
        ports += later.ports
        workingFolder = later.workingFolder ?? workingFolder
        environmentFiles += later.environmentFiles
        dependencies += later.dependencies.filter { !dependencies.contains($0) }
        profiles += later.profiles.filter { !profiles.contains($0) }
        restart = later.restart ?? restart
        isBuilt = isBuilt || later.isBuilt
        healthCheck = later.healthCheck ?? healthCheck
    }

    /// Where a path inside a container lies.
    public enum Residence: Sendable, Equatable {
        /// On the host, through a bind mount.
        case host(Path)
        /// In a volume of this name.
        case volume(String)
        /// In the container itself, gone with it.
        case container
    }

    /// Follows a path inside the container through the mounts; the longest target counts.
    ///
    /// - Parameter path: Absolute, or counted from the working folder where that is known.
    /// - Returns: Nil where the path cannot be known.
    public func residence(of path: String) -> Residence? {
        var inner = Path(path)
        if !inner.isAbsolute {
            guard let workingFolder else { return nil }
            inner = Path(workingFolder).appending(inner)
        }
        inner = inner.normalized
        let holders = mounts.filter { Path($0.target).normalized.contains(inner) }
        guard let mount = holders.max(by: { $0.target.utf8.count < $1.target.utf8.count }) else {
            return .container
        }
        switch mount.source {
        case .volume(let name): return .volume(name)
        case .temporary: return .container
        case .host(let folder):
            guard let rest = Path(mount.target).normalized.relative(inner) else { return nil }
            return .host(folder.appending(rest).normalized)
        }
    }
}

/// What a service sees at a path of its own.
public struct ComposeMount: Sendable, Equatable {
    /// Where what is mounted lies.
    public enum Source: Sendable, Equatable {
        /// A file or folder of the host, absolute.
        case host(Path)
        /// A volume; one without a name is called by its target.
        case volume(String)
        /// Memory only.
        case temporary
    }

    /// Where it lies.
    public let source: Source
    /// The path inside the container.
    public let target: String
    /// Whether the service cannot change it.
    public let isReadOnly: Bool

    /// Describes a mount.
    ///
    /// - Parameters:
    ///   - source: Where it lies.
    ///   - target: The path inside the container.
    ///   - isReadOnly: Whether the service cannot change it.
    public init(source: Source, target: String, isReadOnly: Bool = false) {
        self.source = source
        self.target = target
        self.isReadOnly = isReadOnly
    }
}

/// A port of a service that the host publishes.
public struct ComposePort: Sendable, Equatable {
    /// The host's address; nil means all of them.
    public internal(set) var address: String?
    /// The port of the host.
    public let published: Int
    /// The port inside the container.
    public let target: Int

    /// Reads the short form, such as `127.0.0.1:6333:6333/tcp`.
    ///
    /// - Parameter text: With variables replaced.
    /// - Returns: One port for each of a range; none where the host's port is left open.
    public static func parse(_ text: String) -> [ComposePort] {
        // Empty where its variable is not set.
        let parts = text.prefix { $0 != "/" }
            .split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 2, let target = range(parts[parts.count - 1]),
            let published = range(parts[parts.count - 2]), published.count == target.count
        else { return [] }
        let address = parts.dropLast(2).joined(separator: ":")
        return zip(published, target).map {
            ComposePort(address: address.isEmpty ? nil : address, published: $0, target: $1)
        }
    }

    private static func range(_ text: Substring) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard ends.count <= 2, let first = ends[0], let last = ends[ends.count - 1],
            (1...65_535).contains(first), (first...65_535).contains(max(first, last)), last >= first
        else { return nil }
        return first...last
    }

    /// Where the host itself reaches it.
    public var url: String {
        let everywhere: Set<String> = ["0.0.0.0", "::", "[::]"]
        guard let address, !everywhere.contains(address) else {
            return "http://localhost:\(published)"
        }
        return "http://\(address):\(published)"
    }
}
