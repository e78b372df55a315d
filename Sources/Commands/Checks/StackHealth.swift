internal import Deployments
internal import Files
internal import Monitoring
internal import Operations
internal import Subjects
internal import Threads

/// Whether a stack works, and whether it could be backed up now.
struct StackHealth {
    let loaded: LoadedConfiguration
    let context: Context

    private var configuration: Configuration { loaded.value }

    /// Looks at everything; blocks up to the retry window where something fails.
    func checks() -> [Check] {
        var checks: [Check] = []
        do throws(CommandFailure) {
            checks += try gate().wait(context.cancellation)
        } catch {
            checks.append(Check("stack", nil, .fail, error.message))
        }
        checks.append(
            OperationCheck(configuration: configuration, environment: context.environment).check
        )
        checks += places
        checks += configuration.components.compactMap(server)
        checks += GraphicsMemory.checks(configuration.preflight, context.environment)
        return checks
    }

    /// What must answer before the stack counts as healthy.
    ///
    /// - Parameter isFresh: Whether it was started just now.
    /// - Returns: The gate, not asked yet.
    /// - Throws: ``CommandFailure`` where compose does not answer, or a token cannot be read.
    func gate(isFresh: Bool = false) throws(CommandFailure) -> StackGate {
        var gate = StackGate()
        gate.windowSeconds = Int(configuration.gate.retry.components.seconds)
        gate.intervalSeconds = Int(configuration.gate.interval.components.seconds)
        gate.isFresh = isFresh
        for check in configuration.health {
            let probe = try check.probe(context.environment)
            gate.questions.append(.init(check.name ?? check.url, probe))
        }
        if let settings = configuration.compose.flatMap(DeploymentSettings.init) {
            let (driver, stack) = try driving { () throws(DeploymentError) in
                let driver = try ComposeDriver(settings, context.environment)
                return (driver, try driver.stack())
            }
            gate.driver = driver
            gate.services = ContainerLook.active(stack.services, settings.profiles)
        }
        return gate
    }

    // MARK: Where snapshots go

    private var places: [Check] {
        var checks = [place("repository", configuration.repository)]
        if let archives = configuration.archives {
            checks.append(place("archives", archives.folder))
        }
        return checks
    }

    /// A folder must be there, take a file, and have room.
    private func place(_ name: String, _ path: String) -> Check {
        let folder = Path(path)
        do throws(FileError) {
            let directory = try Directory(folder)
            let trial = Path(".recover-health-\(OperationID.make())")
            do throws(FileError) {
                try directory.open(trial, .create).append([0x0A])
            } catch {
                try? directory.remove(trial)
                throw error
            }
            try directory.remove(trial)
            return DiskSpace(configuration.preflight).check(name, folder)
        } catch {
            return Check(name, nil, .fail, "\(path) cannot be written: \(error.message)")
        }
    }

    // MARK: Qdrant

    /// The list of snapshots must answer for every collection: a backup begins with it.
    private func server(_ component: Component) -> Check? {
        guard let source = BackupPlan.server(component, context.environment) else { return nil }
        let name = "qdrant.snapshots"
        if let fault = source.fault { return Check(name, component.name, .fail, fault) }
        do throws(QdrantError) {
            let client = try QdrantClient(source.address, cancellation: context.cancellation)
            let collections = try client.collections()
            for collection in collections { _ = try client.archives(of: collection, shard: nil) }
            let count = collections.count
            return Check(name, component.name, .pass, "answers for \(count) collections")
        } catch {
            return Check(name, component.name, .fail, error.description)
        }
    }
}
