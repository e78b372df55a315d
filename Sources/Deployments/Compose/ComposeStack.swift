internal import Documents
public import Files

/// A compose deployment: its files read in their order, the later ones changing the earlier.
public struct ComposeStack: Sendable {
    /// What the files call the project.
    public private(set) var name: String?
    /// The services in the order of the files.
    public private(set) var services: [ComposeService] = []
    /// Variables without a value that a path of the host needs.
    public private(set) var unsetVariables: Set<String> = []
    /// Why a file, or a part of one, was not taken in.
    public private(set) var problems: [String] = []

    /// Reads the files.
    ///
    /// - Parameters:
    ///   - files: Absolute paths.
    ///   - base: Where relative paths start.
    ///   - variables: What `${NAME}` stands for.
    public init(files: [Path], base: Path, variables: [String: String]) {
        for file in files {
            do throws(FileError) {
                let bytes = try OpenFile(file, .read).readAll(limitBytes: 1 << 20)
                add(bytes, file.lastComponent.description, base, variables)
            } catch {
                problems.append(error.message)
            }
        }
    }

    private mutating func add(
        _ bytes: [UInt8],
        _ fileName: String,
        _ base: Path,
        _ variables: [String: String]
    ) {
        do throws(DocumentError) {
            let root = try YAMLNode(parsing: bytes, name: fileName)
            var reader = ComposeReader(root, base: base, variables: variables)
            take(reader.services(), named: reader.projectName)
            unsetVariables.formUnion(reader.unsetVariables)
            if root["include"] != nil {
                problems.append("\(fileName): the files that it includes were not looked at")
            }
        } catch {
            problems.append("it was not looked at: \(error.message)")
        }
    }

    /// Takes how images may be shown from the same files, read with other variables.
    mutating func showImages(as masked: ComposeStack) {
        for (index, service) in masked.services.enumerated() where index < services.count {
            services[index].shownImage = service.image
        }
    }

    private mutating func take(_ found: [ComposeService], named name: String?) {
        self.name = name ?? self.name
        for service in found {
            if let index = services.firstIndex(where: { $0.name == service.name }) {
                services[index].merge(service)
            } else {
                services.append(service)
            }
        }
    }

    /// The variable that tags the images: `TAG` where it is used, else the most frequent one.
    public var tagKey: String? {
        let keys = services.flatMap(\.tagKeys)
        if keys.contains("TAG") { return "TAG" }
        let counts = Dictionary(keys.map { ($0, 1) }, uniquingKeysWith: +)
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }

    /// The services whose images are of a kind.
    ///
    /// - Parameter kind: The kind.
    /// - Returns: Their names.
    public func services(of kind: ServiceKind) -> Set<String> {
        Set(services.filter { ServiceKind(image: $0.image) == kind }.map(\.name))
    }

    /// The services in steps: each depends only on those of earlier ones.
    ///
    /// Those that depend on each other in a circle make the last step.
    public var startLevels: [[String]] {
        var rest = services
        var known = Set<String>()
        var levels: [[String]] = []
        let names = Set(services.map(\.name))
        while !rest.isEmpty {
            let ready = rest.filter {
                $0.dependencies.allSatisfy { known.contains($0) || !names.contains($0) }
            }
            let level = ready.isEmpty ? rest : ready
            levels.append(level.map(\.name))
            known.formUnion(level.map(\.name))
            rest.removeAll { known.contains($0.name) }
        }
        return levels
    }
}
