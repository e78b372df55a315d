internal import Arguments
internal import Deployments
internal import Files
internal import FoundationEssentials

/// Services that hold still around the instant of a backup, and always go on again.
///
/// A note in the state folder names the containers before the first of them is paused. A run that
/// is killed leaves its note; the next one that holds the stack's lock lets them go on.
final class PausedServices {
    private static let name = Path("paused.json")

    private struct Note: Codable {
        var program: String
        var containers: [String]
    }

    private let state: Path
    private let names: [String]
    private let loaded: LoadedConfiguration
    private let context: Context
    private var engine: ContainerEngine?
    private var paused: [String] = []
    private var watch = Stopwatch()
    /// What went wrong; the backup goes on all the same.
    private(set) var warnings: [Report.Warning] = []

    /// Takes what the configuration names; nothing is paused yet.
    init(_ loaded: LoadedConfiguration, _ state: StateFolder, _ context: Context) {
        self.loaded = loaded
        self.context = context
        self.state = state.path
        names = loaded.value.pausedServices
    }

    deinit { goOn() }

    /// Holds them still; those that do not run stay as they are.
    func hold() {
        if names.isEmpty { return }
        do throws(CommandFailure) {
            let driver = try ComposeProgram(loaded, context.environment).driver
            let running = try driving { () throws(DeploymentError) in
                try driver.containers().filter {
                    names.contains($0.service) && $0.state == "running"
                }
            }
            // A server that is asked for its data cannot answer while it is held still.
            let held = running.filter { ServiceKind(image: $0.imageName) != .qdrant }
            for container in running where !held.contains(container) {
                warn("service \(container.service) is what a backup asks; it was not paused")
            }
            for name in names where !running.contains(where: { $0.service == name }) {
                context.console.phase("service \(name) does not run; there is nothing to pause")
            }
            if held.isEmpty { return }
            engine = driver.engine
            paused = held.map(\.id)
            let note = Note(program: driver.engine.program, containers: paused)
            guard let bytes = try? JSONEncoder().encode(note) else {
                preconditionFailure("texts always encode")
            }
            do throws(FileError) {
                try Directory(state).writeNote(Self.name, Array(bytes))
            } catch {
                paused = []
                throw CommandFailure(error, doing: "note what is paused")
            }
            watch = Stopwatch()
            try driving { () throws(DeploymentError) in try driver.engine.pause(paused) }
        } catch {
            warn("not all services could be paused: \(error.message)")
        }
    }

    /// Lets them go on; also those of which only some were paused.
    func goOn() {
        guard let engine, !paused.isEmpty else { return }
        let ids = paused
        paused = []
        if let fault = Self.release(ids, engine, state) {
            warn("\(fault); the next backup tries it again")
        } else {
            let seconds = (watch.seconds * 10).rounded() / 10
            context.console.phase("\(names.joined(separator: ", ")) held still for \(seconds) s")
        }
    }

    /// Lets those go on that a killed run left paused, and says so; the caller holds the stack's
    /// lock.
    static func letGoOn(_ state: StateFolder, _ context: Context) {
        if context.invocation.flag("dry-run") { return }
        guard let bytes = (try? Directory(state.path).readNote(name)) ?? nil else { return }
        guard let note = try? JSONDecoder().decode(Note.self, from: Data(bytes)) else {
            let path = state.path.appending(name)
            context.warn("paused", "the note of paused services cannot be read: \(path)")
            return
        }
        let engine = ContainerEngine(program: note.program, environment: context.environment)
        if let fault = release(note.containers, engine, state.path) {
            context.warn("paused", "\(fault); docker unpause lets them go on")
        } else {
            let text = "an earlier run was killed while services were paused; they go on now"
            context.warn("paused", text)
        }
    }

    /// - Returns: Why it did not succeed; the note then stays.
    private static func release(
        _ ids: [String],
        _ engine: ContainerEngine,
        _ state: Path
    ) -> String? {
        do throws(DeploymentError) {
            try engine.unpause(try engine.paused(among: ids))
        } catch {
            return "services are paused and could not be let go on: \(error.message)"
        }
        try? Directory(state).remove(name)
        return nil
    }

    private func warn(_ message: String) {
        warnings.append(.init(code: "pause", message: message))
    }
}
