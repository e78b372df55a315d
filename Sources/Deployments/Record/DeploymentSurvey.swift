internal import Cryptography
public import Files

/// Looks at a deployment: its files, its containers, its git work tree.
///
/// What cannot be found out is a problem in the record, never an error: a broken engine must not
/// keep anybody from a backup.
public struct DeploymentSurvey {
    /// A file to be kept beside the record.
    public struct Content: Sendable {
        /// Its name in the component.
        public let name: String
        /// Where it came from.
        public let source: Path
        /// Its status when it was read.
        public let status: FileStatus
        /// All of it.
        public let bytes: [UInt8]
    }

    private let settings: DeploymentSettings
    private let variables: [String: String]
    private let key: FingerprintKey?
    private let keepsSecrets: Bool

    /// What was found.
    public private(set) var record: DeploymentRecord
    /// The files to be kept, in the order of their names.
    public private(set) var contents: [Content] = []
    /// The driver; nil where no compose answered.
    public private(set) var driver: ComposeDriver?

    /// Looks; blocks as long as the engine takes to answer.
    ///
    /// - Parameters:
    ///   - settings: The deployment.
    ///   - variables: The environment of this process.
    ///   - key: For fingerprints; nil makes none.
    ///   - keepsSecrets: Whether the bytes of env files are to be kept.
    ///   - asksDatabases: Whether servers are asked for their schemas.
    public init(
        _ settings: DeploymentSettings,
        _ variables: [String: String],
        key: FingerprintKey?,
        keepsSecrets: Bool = false,
        asksDatabases: Bool = true
    ) {
        self.settings = settings
        self.variables = variables
        self.key = key
        self.keepsSecrets = keepsSecrets
        record = DeploymentRecord(
            takenAt: Moment.now.rfc3339,
            profiles: settings.profiles,
            tag: .init(key: settings.tagKey, services: [], literalServices: [])
        )
        record.fingerprintKeyID = key?.id
        var stack: ComposeStack?
        do throws(DeploymentError) {
            record.tag.value = try settings.environmentValues()[settings.tagKey].flatMap {
                $0.isEmpty ? nil : $0
            }
            stack = try settings.stack(variables)
        } catch {
            record.problems.append(error.message)
        }
        record.problems += stack?.problems ?? []
        takeFiles(stack)
        takeServices(stack)
        takeContainers(stack, asksDatabases)
        record.git = GitState.look(at: settings.folder, variables)
        contents.sort { Path($0.name) < Path($1.name) }
    }

    // MARK: Files

    private mutating func takeFiles(_ stack: ComposeStack?) {
        for (index, path) in settings.files.enumerated() {
            guard let content = read(path, as: "compose/\(index + 1)-\(path.lastComponent)") else {
                continue
            }
            contents.append(content)
            record.files.append(
                .init(
                    path: path.description,
                    sha256: SHA256.digest(of: content.bytes).hex,
                    storedAs: content.name
                )
            )
        }
        var seen: Set<Path> = []
        let named = stack?.services.flatMap(\.environmentFiles) ?? []
        for (index, path) in ([settings.environmentFileInUse] + named).enumerated()
        where seen.insert(path).inserted {
            // Without a word for it in the configuration there need not be one.
            if index == 0, settings.environmentFile == nil,
                (try? FileStatus(of: path, following: true)) == nil
            {
                continue
            }
            guard let content = read(path, as: "env/\(seen.count)-\(path.lastComponent)") else {
                continue
            }
            record.environmentFiles.append(environment(content))
            if keepsSecrets { contents.append(content) }
        }
    }

    private mutating func read(_ path: Path, as name: String) -> Content? {
        do throws(FileError) {
            let file = try OpenFile(path, .read)
            let status = try file.status()
            let bytes = try file.readAll(limitBytes: 1 << 20)
            return Content(name: name, source: path, status: status, bytes: bytes)
        } catch {
            record.problems.append(error.message)
            return nil
        }
    }

    private func environment(_ content: Content) -> EnvironmentRecord {
        let values = EnvironmentFile.values(in: String(decoding: content.bytes, as: UTF8.self))
        let keys = values.sorted { $0.key < $1.key }.map { name, value in
            EnvironmentRecord.Key(
                name: name,
                fingerprint: value.isEmpty ? nil : key?.fingerprint(of: value, named: name),
                value: name.hasPrefix("FEATURE_") ? value : nil
            )
        }
        return EnvironmentRecord(
            path: content.source.description,
            mode: "0" + String(content.status.mode & 0o7777, radix: 8),
            fingerprint: key?.fingerprint(of: content.bytes, named: content.source.description),
            storedAs: keepsSecrets ? content.name : nil,
            keys: keys
        )
    }

    // MARK: Services

    private mutating func takeServices(_ stack: ComposeStack?) {
        for found in stack?.services ?? [] {
            var service = DeploymentRecord.Service(name: found.name)
            service.image = found.shownImage
            service.tag = found.shownImage.flatMap { ImageName.parts($0).tag }
            service.restart = found.restart
            service.data = ServiceKind(image: found.image).data
            record.services.append(service)
            if found.tagKeys.contains(settings.tagKey) {
                record.tag.services.append(found.name)
            } else if service.tag != nil, found.tagKeys.isEmpty {
                record.tag.literalServices.append(found.name)
            }
        }
    }

    private mutating func takeContainers(_ stack: ComposeStack?, _ asksDatabases: Bool) {
        do throws(DeploymentError) {
            let driver = try ComposeDriver(settings, variables)
            self.driver = driver
            record.compose = driver.flavour
            record.project = driver.project
            record.engineVersion = try driver.engine.version()
            let containers = try driver.containers()
            for container in try driver.shown(containers) { take(container) }
            if asksDatabases { record.schemas = try driver.postgresSchemas(containers) }
            for index in record.services.indices {
                let name = record.services[index].name
                if let service = stack?.services.first(where: { $0.name == name }),
                    service.image != nil
                {
                    record.services[index].imageID = try driver.imageID(of: service)
                } else if let image = record.services[index].image {
                    record.services[index].imageID = try driver.engine.imageID(of: image)
                }
            }
        } catch {
            record.problems.append("nothing is known of containers: \(error.message)")
        }
        record.services.sort { $0.name < $1.name }
    }

    private mutating func take(_ container: Container) {
        if !record.services.contains(where: { $0.name == container.service }) {
            record.services.append(.init(name: container.service))
        }
        for index in record.services.indices
        where record.services[index].name == container.service {
            record.services[index].containers.append(container)
            // Only built: compose gives the image a name of its own.
            if record.services[index].image == nil {
                record.services[index].image = container.imageName
                record.services[index].tag = ImageName.parts(container.imageName).tag
            }
        }
    }
}
