internal import Documents
internal import Files

/// A compose deployment: its files read in their order, the later ones changing the earlier.
struct ComposeStack {
    /// What the files call the project.
    private(set) var name: String?
    private(set) var services: [ComposeService] = []
    /// Variables without a value that a path of the host needs.
    private(set) var unsetVariables: Set<String> = []
    /// Why a file, or a part of one, was not taken in.
    private(set) var problems: [String] = []

    /// Reads the files.
    ///
    /// - Parameters:
    ///   - files: Absolute paths.
    ///   - base: Where relative paths start.
    ///   - variables: What `${NAME}` stands for.
    init(files: [Path], base: Path, variables: [String: String]) {
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
    var tagKey: String? {
        let keys = services.flatMap(\.tagKeys)
        if keys.contains("TAG") { return "TAG" }
        let counts = Dictionary(keys.map { ($0, 1) }, uniquingKeysWith: +)
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }
}
