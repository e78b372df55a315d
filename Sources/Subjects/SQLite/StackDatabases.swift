internal import Databases
public import Files
internal import Manifests
public import Threads

/// All databases of a stack, pinned at one instant and copied one after another.
///
/// Databases untouched since their stamp are not opened; they are looked at again while the
/// others hold still, and join them where they moved. Copies are made on a thread of its own,
/// so that pins are short; each is checked before anybody may take it.
public final class StackDatabases: Sendable {
    /// How the databases of a component hang together.
    public struct Consistency: Sendable {
        /// `barrier` or `per-database`.
        public let level: String
        /// Why it is not `barrier`.
        public let reason: String?
        /// The instant, in nanoseconds since 1970.
        public let instantNanoseconds: Int64
    }

    private struct Key: Hashable {
        let component: String
        let path: Path
    }

    private struct State {
        var outcomes: [Key: DatabaseOutcome] = [:]
        var isStaged = false
        var lateCount = 0
    }

    private let scratch: Path
    private let cancellation: Cancellation
    private let state = Monitor(State())
    private let reasons: Monitor<[String: String]> = Monitor([:])
    private let instant: Monitor<Int64> = Monitor(0)
    private let keys: [[UInt8]: [Key]]
    /// What this process had open when the databases were pinned: their files among others.
    private let held: Set<FileIdentity>

    /// Pins the databases and begins to copy them.
    ///
    /// - Parameters:
    ///   - components: The found databases, with the root of each component.
    ///   - scratch: An empty private folder for the copies.
    ///   - rereading: Whether also those are read that nobody touched.
    ///   - cancellation: Raised to stop.
    public init(
        _ components: [(name: String, root: Path, candidates: [DatabaseSearch.Candidate])],
        scratch: Path,
        rereading: Bool,
        cancellation: Cancellation
    ) {
        self.scratch = scratch
        self.cancellation = cancellation
        var keys: [[UInt8]: [Key]] = [:]
        var known: [[UInt8]: DatabaseStamp] = [:]
        var outcomes: [Key: DatabaseOutcome] = [:]
        let roots = Dictionary(components.map { ($0.name, $0.root) }) { first, _ in first }
        for (name, root, candidates) in components {
            for candidate in candidates {
                let key = Key(component: name, path: candidate.path)
                if let verdict = candidate.verdict {
                    outcomes[key] = verdict
                    continue
                }
                let path = root.appending(candidate.path).bytes
                keys[path, default: []].append(key)
                let record = candidate.parent?.database.flatMap { DatabaseRecord($0) }
                if !rereading, record?.quickCheck.outcome != .damaged {
                    known[path] = record?.stamp
                }
            }
        }
        self.keys = keys
        let unchanged = UnchangedDatabases(among: Array(keys.keys), known: known)
        for path in unchanged.paths {
            for key in keys[path] ?? [] { outcomes[key] = .unchanged }
        }
        let pinned = WriteBarrier().pin(unchanged.changed) { unchanged.moved() }
        for failure in pinned.failures {
            for key in keys[failure.path] ?? [] { outcomes[key] = Self.outcome(failure.error) }
        }
        let held = FileIdentity.ofOpenFiles()
        self.held = held ?? []
        for database in pinned.databases {
            for key in keys[database.path] ?? [] {
                outcomes[key] = roots[key.component].flatMap { Self.led(astray: key, $0, held) }
            }
        }
        instant.change { $0 = pinned.instantNanoseconds }
        state.change { $0.outcomes = outcomes }
        _ = OwnedThread { [self] in
            stage(pinned)
            state.change { $0.isStaged = true }
        }
    }

    /// SQLite finds its files by whole paths, on which a folder may have been swapped for a link:
    /// what it opened must be what is there for somebody who follows none.
    ///
    /// - Returns: The failure, or nil where all is well.
    private static func led(
        astray key: Key,
        _ root: Path,
        _ held: Set<FileIdentity>?
    ) -> DatabaseOutcome? {
        guard let held else { return nil }
        let parent = key.path.parent
        let status = try? Directory(root).folder(parent).status(key.path.lastComponent)
        if let status, held.contains(FileIdentity(status)) { return nil }
        return .failed(
            code: "database-replaced",
            message: "another file took its place, or a link that of a folder above it, while it "
                + "was being pinned"
        )
    }

    private static func outcome(_ error: DatabaseError) -> DatabaseOutcome {
        .failed(code: "database-" + error.code.rawValue, message: error.description)
    }

    /// All copies first, checks afterwards: applications wait for pins, not for checks.
    private func stage(_ pinned: PinnedDatabases) {
        var copies: [(PinnedDatabase, [Key], Result<DatabaseCopy, DatabaseError>)] = []
        for (number, database) in pinned.databases.enumerated() {
            guard let keys = keys[database.path] else { continue }
            let target = scratch.appending("\(number).db").bytes
            let result: Result<DatabaseCopy, DatabaseError>
            do throws(DatabaseError) {
                let copy = try database.copy(to: target) { [cancellation] _, _ in
                    cancellation.reason == nil
                }
                result = .success(copy)
            } catch {
                result = .failure(error)
            }
            database.release()
            if case .perDatabase(let why) = database.consistency {
                for key in keys { reasons.change { $0[key.component] = why.description } }
            }
            copies.append((database, keys, result))
        }
        for (database, keys, result) in copies {
            let outcome: DatabaseOutcome =
                switch result {
                case .failure(let error): Self.outcome(error)
                case .success(let copy): check(database, copy, pinned.instantNanoseconds)
                }
            state.change { state in
                for key in keys where state.outcomes[key] == nil { state.outcomes[key] = outcome }
            }
        }
    }

    private func check(
        _ pinned: PinnedDatabase,
        _ copy: DatabaseCopy,
        _ instantNanoseconds: Int64
    ) -> DatabaseOutcome {
        do throws(DatabaseError) {
            let database = try Database(finished: copy.path)
            let stop = { [cancellation] in cancellation.reason != nil }
            let report = try database.check(.quick, messageLimit: 10, shouldStop: stop)
            // A damaged file is kept, since it is the best there is, but never as complete.
            let keys =
                report.outcome == .damaged ? nil : try database.checkForeignKeys(shouldStop: stop)
            var reason: String?
            if case .perDatabase(let why) = pinned.consistency { reason = why.description }
            let record = DatabaseRecord(
                consistency: reason == nil ? "barrier" : "per-database",
                reason: reason,
                instant: String(instantNanoseconds),
                stamp: pinned.stamp,
                recovery: pinned.recovery,
                quickCheck: report,
                foreignKeys: keys,
                facts: database.facts()
            )
            return .copy(
                Path(bytes: copy.path),
                facts: record.bytes,
                problem: Self.problem(record, pinned)
            )
        } catch {
            return Self.outcome(error)
        }
    }

    private static func problem(
        _ record: DatabaseRecord,
        _ pinned: PinnedDatabase
    ) -> DatabaseOutcome.Problem? {
        if record.quickCheck.outcome == .damaged {
            let first = record.quickCheck.messages.first ?? "damaged"
            return .init(
                code: "database-corrupt",
                isIncomplete: true,
                message: "quick_check of the copy finds: \(first); the copy is kept as it is"
            )
        }
        if let count = record.foreignKeys?.violationCount, count > 0 {
            return .init(
                code: "foreign-keys",
                isIncomplete: false,
                message: "\(count) rows point at rows that are not there"
            )
        }
        if pinned.recovery == .rolledBackJournal {
            return .init(
                code: "hot-journal",
                isIncomplete: false,
                message: "a writer died in a transaction; SQLite rolled it back"
            )
        }
        if let reason = record.reason {
            return .init(
                code: "per-database",
                isIncomplete: false,
                message: "it is of an instant of its own: \(reason)"
            )
        }
        return nil
    }

    /// What the walk through a component takes in the place of its databases.
    ///
    /// - Parameters:
    ///   - component: Its name.
    ///   - root: The folder from which its paths count.
    /// - Returns: The lookup.
    public func lookup(_ component: String, root: Path) -> any DatabaseLookup {
        Lookup(stack: self, component: component, root: root)
    }

    /// How the databases of a component hang together.
    ///
    /// - Parameter component: Its name.
    /// - Returns: The level with its reason.
    public func consistency(of component: String) -> Consistency {
        state.wait { $0.isStaged ? () : nil }
        let reason = reasons.change { $0[component] }
        return Consistency(
            level: reason == nil ? "barrier" : "per-database",
            reason: reason,
            instantNanoseconds: instant.change { $0 }
        )
    }

    /// Waits until no thread of ours works on the copies any more.
    public func finish() {
        state.wait { $0.isStaged ? () : nil }
    }

    /// Removes the copies that were made; nobody may read them any more.
    ///
    /// Whoever owns the scratch folder removes what is left in it.
    public func removeCopies() {
        guard let folder = try? Directory(scratch) else { return }
        for case .copy(let path, _, _) in state.change({ $0.outcomes }).values {
            try? folder.remove(path.lastComponent)
        }
    }

    private func outcome(_ key: Key, _ status: FileStatus, root: Path) -> DatabaseOutcome? {
        if let known = state.change({ $0.outcomes[key] }) { return known }
        guard keys[root.appending(key.path).bytes] != nil else {
            // A pinned file under another name: whoever closes it drops the locks of the pin.
            if held.contains(FileIdentity(status)) { finish() }
            return nil
        }
        return state.wait { state -> DatabaseOutcome?? in
            if let outcome = state.outcomes[key] { return .some(outcome) }
            return state.isStaged ? .some(nil) : nil
        }
    }

    /// The outcome is remembered: its log, which comes next in the walk, belongs to it.
    private func late(_ key: Key, root: Path) -> DatabaseOutcome {
        let outcome = captureLate(key, root: root)
        state.change { $0.outcomes[key] = outcome }
        return outcome
    }

    private func captureLate(_ key: Key, root: Path) -> DatabaseOutcome {
        let number = state.change { state in
            state.lateCount += 1
            return state.lateCount
        }
        let path = root.appending(key.path).bytes
        let pinned = WriteBarrier().pin([path])
        guard let database = pinned.databases.first else {
            let error = pinned.failures.first?.error
            return error.map { Self.outcome($0) }
                ?? .failed(code: "database-other", message: "it could not be opened")
        }
        if let failure = Self.led(astray: key, root, FileIdentity.ofOpenFiles()) {
            database.release()
            return failure
        }
        reasons.change { $0[key.component] = "\(key.path) appeared after the barrier" }
        do throws(DatabaseError) {
            let copy = try database.copy(to: scratch.appending("late-\(number).db").bytes)
            database.release()
            return check(database, copy, pinned.instantNanoseconds)
        } catch {
            database.release()
            return Self.outcome(error)
        }
    }

    private struct Lookup: DatabaseLookup {
        let stack: StackDatabases
        let component: String
        let root: Path

        func outcome(at path: Path, _ status: FileStatus) -> DatabaseOutcome? {
            stack.outcome(Key(component: component, path: path), status, root: root)
        }

        func late(at path: Path) -> DatabaseOutcome {
            stack.late(Key(component: component, path: path), root: root)
        }
    }
}
