internal import Deployments
internal import Files

/// A file or folder of the host that may need protection.
struct Place: Equatable {
    let path: Path
    /// The services that mount it.
    var services: [String] = []
    var isWritable = false
    /// Whose live data it is, where files alone would not be whole.
    var serverData: String?
    /// Places in it that are handled on their own.
    var leaving: [Path] = []

    /// Whether it is a socket or an interface of the kernel, without data of its own.
    var isOfKernel: Bool {
        ["/proc", "/sys", "/dev", "/run", "/var/run"].contains { Path($0).contains(path) }
    }

    /// Whether it belongs to the host rather than to the stack.
    var isSystem: Bool {
        let trees = ["/etc", "/usr", "/var/lib/docker"]
        let exact = ["/", "/home", "/root", "/tmp", "/var", "/var/lib", "/var/log", "/srv", "/mnt"]
        return isOfKernel || exact.contains { path == Path($0) }
            || trees.contains { Path($0).contains(path) }
    }
}

/// All places of a stack, none of which lies in another.
struct PlaceList {
    private(set) var places: [Place] = []
    /// Variables that should name a folder and do not.
    private(set) var missingFolders: [String] = []

    private static let dataKeys = ["DATA_DIR", "DATA_PATH", "DATA_ROOT"]
    private static let modelKeys = ["MODELS_DIR", "MODEL_DIR", "MODELS_PATH"]
    /// What lies in a project's folder and is no data of the stack.
    private static let tools: Set<String> = ["node_modules", "venv", "docker"]
    private static let ours: Set<String> = ["recover-repository", "recover-archives"]
    /// Hidden files that hold nothing of the stack.
    private static let marks: Set<String> = [".gitkeep", ".keep", ".gitignore", ".DS_Store"]

    /// Collects the places.
    ///
    /// - Parameters:
    ///   - services: With their mounts.
    ///   - folder: The working folder: its `data/` counts, and its databases.
    ///   - base: Where relative paths of the env file start.
    ///   - variables: Of the env file.
    init(
        _ services: [ComposeService],
        folder: Path,
        base: Path,
        variables: [String: String]
    ) {
        for service in services {
            for mount in service.mounts {
                if case .host(let path) = mount.source { add(path, service, mount.isReadOnly) }
            }
        }
        let mounted = places.filter { $0.isWritable && $0.serverData == nil && $0.path.isDataRoot }
        var roots = [folder.appending("data")] + mounted.map(\.path)
        for key in Self.dataKeys + Self.modelKeys {
            guard let value = variables[key], !value.isEmpty else { continue }
            let path = base.appending(value).normalized
            if (try? Directory(path)) == nil {
                missingFolders.append(key)
            } else if Self.dataKeys.contains(key) {
                roots.append(path)
            } else {
                add(Place(path: path))
            }
        }
        for root in roots { split(root) }
        addLoose(in: folder, withFolders: services.isEmpty)
        nest(folder)
    }

    private mutating func add(_ path: Path, _ service: ComposeService, _ isReadOnly: Bool) {
        let data = isReadOnly ? nil : ServiceKind(image: service.image).data
        add(
            Place(
                path: path,
                services: [service.name],
                isWritable: !isReadOnly,
                serverData: data
            )
        )
    }

    private mutating func add(_ place: Place) {
        guard let index = places.firstIndex(where: { $0.path == place.path }) else {
            places.append(place)
            return
        }
        for name in place.services where !places[index].services.contains(name) {
            places[index].services.append(name)
        }
        places[index].isWritable = places[index].isWritable || place.isWritable
        places[index].serverData = places[index].serverData ?? place.serverData
    }

    /// Puts what lies in a data folder in its place, unless a database lies in it directly.
    private mutating func split(_ root: Path) {
        guard let names = try? Directory(root).names() else { return }
        let whole = places.first { $0.path == root }
        // A service may well keep its data in a hidden folder, or in one that is called `docker`.
        let children = names.filter { !Self.isPassedOver($0, isMounted: whole != nil) }
            .map(root.appending)
        let kinds = children.map { (try? FileStatus(of: $0, following: true))?.kind }
        let hasFolders = kinds.contains(.folder)
        let files = zip(children, kinds).filter { $1 == .file }.map(\.0)
        guard hasFolders, !files.contains(where: Self.isDatabase) else {
            if !children.isEmpty { add(Place(path: root, isWritable: true)) }
            return
        }
        places.removeAll { $0.path == root }
        for (child, kind) in zip(children, kinds) where kind == .folder || kind == .file {
            var place = whole ?? Place(path: root)
            place = Place(
                path: child,
                services: place.services,
                isWritable: whole?.isWritable ?? true
            )
            add(place)
        }
    }

    /// Databases in the working folder itself; without compose also folders that hold some.
    private mutating func addLoose(in folder: Path, withFolders: Bool) {
        for name in (try? Directory(folder).names()) ?? [] where name.bytes.first != .dot {
            let path = folder.appending(name)
            guard let kind = try? FileStatus(of: path).kind else { continue }
            if kind == .file, Self.isDatabase(path) { add(Place(path: path, isWritable: true)) }
            guard withFolders, kind == .folder, name != Path("data"),
                !Self.isPassedOver(name, isMounted: false)
            else { continue }
            add(Place(path: path))
        }
    }

    private static func isPassedOver(_ name: Path, isMounted: Bool) -> Bool {
        let text = name.description
        return ours.contains(text) || marks.contains(text) || text.hasPrefix(".recover-")
            || !isMounted && tools.contains(text)
    }

    private static func isDatabase(_ path: Path) -> Bool {
        let survey = Survey.look(at: path, limits: Survey.Limits())
        return survey?.isFile == true && survey?.databases.isEmpty == false
    }

    /// Leaves the outermost places only; a server's data in one of them stays a place.
    private mutating func nest(_ folder: Path) {
        var outer: [Place] = []
        for place in places.sorted(by: { $0.path < $1.path }) {
            let holder = outer.lastIndex {
                $0.path.contains(place.path) && !$0.isSystem && !$0.path.contains(folder)
            }
            guard let index = holder else {
                outer.append(place)
                continue
            }
            if outer[index].serverData == nil, place.serverData != nil {
                outer[index].leaving.append(place.path)
                outer.append(place)
            } else {
                outer[index].isWritable = outer[index].isWritable || place.isWritable
            }
        }
        places = outer
    }
}

extension Path {
    /// Whether the name says that the folder holds the data of several things.
    fileprivate var isDataRoot: Bool {
        let name = lastComponent.description.lowercased()
        return name == "data" || name.hasSuffix("-data") || name.hasSuffix("_data")
    }
}
