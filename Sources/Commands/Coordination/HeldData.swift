internal import Deduplication
internal import Files
internal import FoundationEssentials
internal import Operations
internal import Recovery

/// What was live before a recovery, kept aside for a while.
struct HeldData: Codable {
    /// One component.
    struct Part: Codable {
        var component: String
        /// Where what was live lies.
        var folder: String
        /// Where it was.
        var live: String
    }

    /// Seconds since 1970, after which it may go.
    var until: Int64
    var parts: [Part]
    /// The snapshot that was taken while nobody wrote.
    var safety: String?

    private static let file = Path("held.json")
    private static let folder = "operations"

    /// Notes what stays, so that a later run can tell when it may go.
    static func hold(
        _ jobs: [RestoreInPlace.Job],
        _ work: CoordinatedWork
    ) throws(CommandFailure) {
        let parts = jobs.compactMap { job -> Part? in
            guard let previous = job.swap?.previous, (try? FileStatus(of: previous)) != nil else {
                return nil
            }
            return Part(
                component: job.target.name,
                folder: previous.description,
                live: job.target.folder.description
            )
        }
        if parts.isEmpty { return }
        let held = HeldData(
            until: Moment.now.secondsSince1970 + work.configuration.hold.components.seconds,
            parts: parts,
            safety: work.journal.detail(of: "safety", .note)?["snapshot"]
        )
        do throws(FileError) {
            try held.write(work.journal.folder)
        } catch {
            throw CommandFailure(error, doing: "note what is kept aside")
        }
    }

    private func write(_ folder: Path) throws(FileError) {
        guard let data = try? JSONEncoder().encode(self) else {
            preconditionFailure("plain values always encode")
        }
        try Directory(folder).writeNote(Self.file, Array(data))
    }

    /// Removes what was kept long enough and is in a snapshot, too.
    ///
    /// - Parameters:
    ///   - state: Of the stack; its lock is held.
    ///   - context: The run.
    /// - Returns: A warning for each tree that stays because something in it is nowhere else.
    static func reap(_ state: StateFolder, _ context: Context) -> [Report.Warning] {
        let all = state.path.appending(folder)
        let names = (try? Directory(all).names()) ?? []
        var warnings: [Report.Warning] = []
        for name in names.sorted() {
            let place = all.appending(name)
            guard let bytes = try? Directory(place).readNote(file),
                var held = try? JSONDecoder().decode(HeldData.self, from: Data(bytes)),
                held.until <= Moment.now.secondsSince1970
            else { continue }
            held.parts = held.parts.filter { part in
                guard let why = held.obstacle(part, context) else { return false }
                warnings.append(
                    .init(
                        code: "held",
                        component: part.component,
                        message: "what \(name) replaced stays in \(part.folder): \(why)"
                    )
                )
                return true
            }
            if held.parts.isEmpty {
                try? Directory(place).remove(file)
            } else {
                try? held.write(place)
            }
        }
        return warnings
    }

    /// Removes a tree; nil where it is gone.
    private func obstacle(_ part: Part, _ context: Context) -> String? {
        let folder = Path(part.folder)
        if (try? FileStatus(of: folder)) == nil { return nil }
        guard let safety else { return "no snapshot holds it" }
        do throws(CommandFailure) {
            let repository = try context.repository()
            let snapshot = try context.snapshot(safety, in: repository)
            guard let component = snapshot.components[part.component], component.complete else {
                return "snapshot \(safety) holds no whole \(part.component)"
            }
            do throws(RecoveryError) {
                let alone = try ReplacedTree.firstAlone(
                    in: folder,
                    live: Path(part.live),
                    repository,
                    component,
                    named: part.component
                )
                if let alone { return "\(alone) is in no snapshot" }
            } catch {
                return error.message
            }
            do throws(FileError) {
                try Directory(folder.parent).removeTree(folder.lastComponent)
                return nil
            } catch {
                return error.message
            }
        } catch {
            return error.message
        }
    }
}
