internal import Arguments
internal import Deduplication
internal import Files
internal import Processes
internal import Subjects

/// A fault that a drill rehearses, in its own folder.
enum DrillFault: String, Sendable, CaseIterable {
    /// A model folder whose files are gone.
    case emptyModel = "empty-model"
    /// A source that lost its mount: an empty folder where data should be.
    case missingMount = "missing-mount"
    /// A restore that finds no more room.
    case diskFull = "disk-full"
    /// A server that does not answer.
    case qdrantDown = "qdrant-down"
    /// A restore that is killed in the middle.
    case kill = "kill-9"
}

/// Makes a fault happen where it hurts nobody, and sees whether it is noticed.
struct DrillRehearsal {
    private let drill: Drill
    private let data: Path
    private var snapshot: Snapshot { drill.snapshot }
    private var context: Context { drill.context }

    init(_ drill: Drill, _ data: Path) {
        self.drill = drill
        self.data = data
    }

    /// Rehearses.
    ///
    /// - Parameter fault: Which.
    /// - Returns: A check that passed where the fault was noticed.
    /// - Throws: ``CommandFailure`` where the fault cannot be made to happen.
    func run(_ fault: DrillFault) throws(CommandFailure) -> [DrillReceipt.Check] {
        context.console.phase("rehearsing \(fault.rawValue)")
        switch fault {
        case .emptyModel: return [try emptyModel()]
        case .missingMount: return try missingMount()
        case .diskFull: return try diskFull()
        case .qdrantDown: return [try qdrantDown()]
        case .kill: return try kill()
        }
    }

    private func check(
        _ fault: DrillFault,
        noticed: Bool,
        _ detail: String,
        _ component: String? = nil
    ) -> DrillReceipt.Check {
        .init(
            name: "fault-\(fault.rawValue)",
            component: component,
            passed: noticed,
            detail: noticed ? "noticed: \(detail)" : "NOT noticed: \(detail)"
        )
    }

    private func nothingToTry(_ what: String) -> CommandFailure {
        CommandFailure(
            .notFound,
            "nothing-to-try",
            "snapshot \(snapshot.id) holds no \(what), so that fault cannot be rehearsed",
            next: "recover drill"
        )
    }

    private func emptyModel() throws(CommandFailure) -> DrillReceipt.Check {
        let models = snapshot.sortedComponents.first {
            $0.value.models != nil && $0.value.files > 0
        }
        guard let (name, component) = models else { throw nothingToTry("model folder with files") }
        let folder = data.appending(name)
        do throws(FileError) {
            for child in try Directory(folder).names() { try Directory(folder).removeTree(child) }
        } catch {
            throw CommandFailure(error, doing: "empty the restored model folder")
        }
        var restored = RestoredFolder(name, component, in: folder, drill.repository, context)
        let faults = try restored.faults()
        return check(.emptyModel, noticed: !faults.isEmpty, faults.first ?? "all is well", name)
    }

    /// The very code that looks at sources of a backup.
    private func missingMount() throws(CommandFailure) -> [DrillReceipt.Check] {
        let found = snapshot.sortedComponents.first { name, component in
            component.outcome == "captured"
                && (try? FileStatus(of: data.appending(name)).kind) == .folder
        }
        guard let (name, _) = found else { throw nothingToTry("component of files") }
        let place = data.appending(name)
        do throws(FileError) {
            let folder = try Directory(data)
            try folder.rename(Path(name), to: folder, Path("\(name).unmounted"))
            try folder.makeFolder(Path(name))
        } catch {
            throw CommandFailure(error, doing: "take the restored folder away")
        }
        var source = FileTreeSource(name: name, path: place.description)
        source.wasMount = true
        do throws(CaptureError) {
            _ = try source.resolve()
            return [check(.missingMount, noticed: false, "an empty folder passes for it", name)]
        } catch {
            return [check(.missingMount, noticed: true, error.message, name)]
        }
    }

    private func qdrantDown() throws(CommandFailure) -> DrillReceipt.Check {
        for configured in drill.loaded.value.components {
            guard var source = BackupPlan.server(configured, context.environment),
                let component = snapshot.components[configured.name],
                component.outcome == "captured"
            else { continue }
            // A port on which nobody listens.
            source.address.url = "http://127.0.0.1:9"
            let kept = try QdrantSnapshot(component, named: source.name, in: drill.repository)
            do throws(QdrantRestoreError) {
                _ = try QdrantRestore(
                    source,
                    kept,
                    operation: drill.operation,
                    allowsAnyVersion: true,
                    cancellation: context.cancellation
                )
                return check(.qdrantDown, noticed: false, "it seems to answer", source.name)
            } catch {
                return check(.qdrantDown, noticed: true, error.message, source.name)
            }
        }
        throw nothingToTry("component of a Qdrant")
    }

    // MARK: - Restores of another process

    /// A restore under a limit of file sizes, which ends like one on a full disk.
    private func diskFull() throws(CommandFailure) -> [DrillReceipt.Check] {
        let target = drill.folder.appending("full")
        let result = try shell(
            // Half a kilobyte, which no database and hardly a file fits in.
            "trap '' XFSZ; ulimit -f 1; exec \"$@\"",
            restore(into: target)
        )
        let said = result.errors.text.split(separator: "\n").first { $0.contains("FAIL") } ?? ""
        var checks = [
            check(
                .diskFull,
                noticed: !result.succeeded && result.errors.text.contains("State now: "),
                String(said.prefix(300))
            )
        ]
        let again = try run(restore(into: drill.folder.appending("room")))
        checks.append(
            .init(
                name: "fault-disk-full",
                component: nil,
                passed: again.succeeded,
                detail: again.succeeded
                    ? "with room again it succeeds" : String(again.errors.text.suffix(300))
            )
        )
        return checks
    }

    private func kill() throws(CommandFailure) -> [DrillReceipt.Check] {
        let target = drill.folder.appending("killed")
        let result = try shell(
            "target=$1; shift; \"$@\" & child=$!; "
                + "while [ ! -e \"$target\" ] && kill -0 $child 2>/dev/null; do :; done; "
                + "kill -9 $child; wait $child",
            [target.description] + restore(into: target)
        )
        let again = try run(restore(into: target))
        let fresh = try run(restore(into: drill.folder.appending("again")))
        return [
            check(
                .kill,
                noticed: result.end == .exited(status: 137) && !again.succeeded,
                result.end == .exited(status: 137)
                    ? "what it left is taken for nothing: "
                        + String(again.errors.text.split(separator: "\n").first?.prefix(200) ?? "")
                    : "it was done before it could be killed"
            ),
            .init(
                name: "fault-kill-9",
                component: nil,
                passed: fresh.succeeded,
                detail: fresh.succeeded
                    ? "the next restore succeeds" : String(fresh.errors.text.suffix(300))
            ),
        ]
    }

    private func restore(into target: Path) -> [String] {
        let program = (try? Directory(Path("/proc/self")).linkTarget(Path("exe")).description)
        return [
            program ?? "recover", "-c", drill.loaded.path.description, "--no-progress", "restore",
            "--snapshot", snapshot.id.text, "--to", target.description,
        ]
    }

    private func shell(
        _ line: String,
        _ arguments: [String]
    ) throws(CommandFailure) -> CommandResult {
        try run(["sh", "-c", line, "sh"] + arguments)
    }

    private func run(_ words: [String]) throws(CommandFailure) -> CommandResult {
        var command = Processes.Command(words, environment: Environment(context.environment))
        command.deadlineSeconds = 3600
        do throws(ProcessError) {
            return try command.run()
        } catch {
            throw CommandFailure(.failed, "rehearsal", "the rehearsal could not begin: \(error)")
        }
    }
}
