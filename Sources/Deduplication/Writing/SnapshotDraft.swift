internal import Cryptography
public import Files
internal import Storage
internal import Threads

/// A snapshot that is being taken: a session in the repository, trees, then one commit.
///
/// Either ``publish(_:)`` succeeds and everything is durable, or nothing is visible. Packs that
/// an unpublished draft wrote stay, and the next run reuses them.
///
/// Its trees may be written on several threads, each tree on one.
public final class SnapshotDraft: Sendable {
    /// What the run that takes the snapshot knows about itself.
    public struct Description: Sendable {
        /// The stack's name.
        public var stack: String
        /// The machine's name.
        public var host: String
        /// The program and its version.
        public var tool: String
        /// Why it is taken.
        public var reason: String
        /// The deployed TAG.
        public var tag: String?
        /// A person's note.
        public var note: String?
        /// Whether only named components take part.
        public var isPartial: Bool
        /// The configuration's bytes.
        public var configuration: [UInt8]

        /// Describes a run.
        ///
        /// - Parameters:
        ///   - stack: The stack's name.
        ///   - host: The machine's name.
        ///   - tool: The program and its version.
        ///   - reason: Why it is taken.
        ///   - tag: The deployed TAG.
        ///   - note: A person's note.
        ///   - isPartial: Whether only named components take part.
        ///   - configuration: The configuration's bytes.
        public init(
            stack: String,
            host: String,
            tool: String,
            reason: String,
            tag: String?,
            note: String?,
            isPartial: Bool,
            configuration: [UInt8]
        ) {
            self.stack = stack
            self.host = host
            self.tool = tool
            self.reason = reason
            self.tag = tag
            self.note = note
            self.isPartial = isPartial
            self.configuration = configuration
        }
    }

    /// The id that the snapshot will have.
    public let id: SnapshotID
    /// When the run began.
    public let startedAt: Moment
    private let repository: Repository
    private let writer: ChunkWriter
    private let session: OpenSession
    private let description: Description
    private let earlier: [Snapshot]
    /// Documents of snapshots that cannot be read: this run neither leans on them nor follows them.
    public let unreadable: [String]
    private let isEnded = Monitor(false)

    /// Opens a session in a repository.
    ///
    /// - Parameters:
    ///   - repository: Opened by this process, not long ago.
    ///   - description: What is known about the run.
    ///   - processID: This process.
    /// - Throws: ``RepositoryError``.
    public init(
        in repository: Repository,
        _ description: Description,
        processID: Int
    ) throws(RepositoryError) {
        self.repository = repository
        self.description = description
        startedAt = Moment.now
        id = try Self.freeID(at: startedAt, in: repository.store)
        let store = repository.store
        session = try OpenSession(
            id,
            in: store,
            host: description.host,
            processID: processID,
            startedAt: startedAt
        )
        // What is left there harms nobody; other machines' sessions are a collection's business.
        Leftovers.tidy(store, host: description.host)
        var earlier: [Snapshot] = []
        var unreadable: [String] = []
        for item in try repository.listSnapshots(of: description.stack) {
            switch item {
            case .snapshot(let snapshot): earlier.append(snapshot)
            case .unreadable(_, let error): unreadable.append(error.message)
            }
        }
        self.earlier = earlier
        self.unreadable = unreadable
        // Room for one whole chunk beside the headers, whatever the target.
        let meta = max(repository.settings.metaPackBytes, 4 << 20) + (256 << 10)
        writer = ChunkWriter(
            store: store,
            index: repository.index,
            packBytes: [.data: repository.settings.packBytes, .meta: meta]
        )
    }

    /// Two runs of one second may draw the same suffix; a name is taken by a session, too.
    static func freeID(
        at moment: Moment,
        in store: any Store
    ) throws(RepositoryError) -> SnapshotID {
        let objects = try storing { () throws(StorageError) in
            try store.list("snapshots") + store.list(Session.folder)
        }
        let taken = Set(objects.map(\.lastComponent))
        while true {
            let id = SnapshotID(at: moment)
            if !taken.contains("\(id).json") { return id }
        }
    }

    /// A draft that is dropped ends its threads and its session.
    deinit { abandon() }

    /// The newest snapshot that captured a component, and how; imports neither are parents nor
    /// have any, since no file on disk ever had the status that they hold.
    ///
    /// - Parameter name: The component.
    /// - Returns: Nil for its first capture.
    public func parent(of name: String) -> (id: SnapshotID, component: Snapshot.Component)? {
        if description.reason == Snapshot.importReason { return nil }
        for snapshot in earlier.reversed() where !snapshot.isImport {
            if let component = snapshot.components[name], component.outcome == "captured" {
                return (snapshot.id, component)
            }
        }
        return nil
    }

    /// Begins the tree of a component.
    ///
    /// - Parameters:
    ///   - name: The component.
    ///   - rereading: Whether every file is read and no entry of the parent taken over.
    ///   - isCancelled: Asked between blocks whether to stop.
    ///   - onRead: Told how many bytes were read, after each file.
    /// - Returns: A writer for its entries.
    public func tree(
        for name: String,
        rereading: Bool,
        isCancelled: @escaping () -> Bool = { false },
        onRead: @escaping (Int) -> Void
    ) -> TreeWriter {
        TreeWriter(
            writer: writer,
            reader: ChunkReader(store: repository.store, index: repository.index),
            parent: parent(of: name)?.component,
            rereading: rereading,
            isCancelled: isCancelled,
            onRead: onRead
        )
    }

    /// A second way through the parent's manifest, for a walk before the capture.
    ///
    /// - Parameter name: The component.
    /// - Returns: Its entries in order of path.
    public func parentEntries(of name: String) -> ParentEntries {
        let parts = (parent(of: name)?.component.parts ?? []).compactMap { Digest(hex: $0) }
        let reader = ChunkReader(store: repository.store, index: repository.index)
        return ParentEntries(ParentCursor(reader, parts: parts))
    }

    /// Bytes written to packs so far.
    public var writtenBytes: UInt64 { writer.totals.writtenBytes }

    /// Makes everything durable, then lets the snapshot appear.
    ///
    /// - Parameter components: What was captured, and what failed, by name.
    /// - Returns: The published snapshot.
    /// - Throws: ``RepositoryError``; then nothing was published, except for
    ///   `uncertain`, where the store no longer says.
    public func publish(
        _ components: [String: Snapshot.Component]
    ) throws(RepositoryError) -> Snapshot {
        precondition(!isEnded.change { $0 }, "a draft is published once")
        do throws(RepositoryError) {
            let configuration = try writer.submit(description.configuration, kind: .meta)
            let configurationID = try writer.resolve(configuration).first
            try writer.finish()
            try LeanedPacks(repository: repository, session: session).secure()
            let snapshot = try document(components, configuration: configurationID)
            try commit(snapshot)
            isEnded.change { $0 = true }
            session.release()
            return snapshot
        } catch {
            abandon()
            throw error
        }
    }

    /// Ends the session without a snapshot.
    public func abandon() {
        let wasEnded = isEnded.change { isEnded in
            defer { isEnded = true }
            return isEnded
        }
        if wasEnded { return }
        writer.abandon()
        session.release()
    }

    private func document(
        _ components: [String: Snapshot.Component],
        configuration: Digest?
    ) throws(RepositoryError) -> Snapshot {
        var previous: String?
        if let last = earlier.last {
            previous = SHA256.digest(of: try last.encoded()).hex
        }
        return Snapshot(
            schema: Snapshot.currentSchema,
            id: id,
            seq: (try highestSequence()) + 1,
            stack: description.stack,
            host: description.host,
            tool: description.tool,
            reason: description.reason,
            tag: description.tag,
            note: description.note,
            startedAt: startedAt.rfc3339,
            finishedAt: Moment.now.rfc3339,
            complete: components.values.allSatisfy { $0.complete },
            scope: description.isPartial ? "partial" : "full",
            previous: previous,
            configuration: configuration?.hex,
            addedBytes: writer.totals.writtenBytes,
            components: components
        )
    }

    private func highestSequence() throws(RepositoryError) -> Int {
        let store = repository.store
        var highest = earlier.last?.seq ?? 0
        for object in try storing({ () throws(StorageError) in try store.list("forgotten") }) {
            guard let bytes = try note(object),
                let forgotten: Forgotten = try? CanonicalJSON.decode(bytes, name: object.name),
                forgotten.snapshot.stack == description.stack
            else { continue }
            highest = max(highest, forgotten.snapshot.seq)
        }
        return highest
    }

    /// What is noted about a forgotten snapshot; nil where the note is damaged.
    private func note(_ object: StoredObject) throws(RepositoryError) -> [UInt8]? {
        let store = repository.store
        do throws(StorageError) {
            return try store.steadily { () throws(StorageError) in
                try store.getSmall(object.name, limit: 64 << 20)
            }
        } catch {
            try store.expectAnswer(after: error)
            return nil
        }
    }

    private struct Forgotten: Codable {
        struct Part: Codable {
            var stack: String
            var seq: Int
        }
        var snapshot: Part
    }

    private func commit(_ snapshot: Snapshot) throws(RepositoryError) {
        let bytes = try snapshot.encoded()
        let store = repository.store
        do throws(StorageError) {
            try store.put(snapshot.id.objectName, bytes)
        } catch {
            try settle(error, bytes)
        }
        do throws(StorageError) {
            try store.sync()
        } catch {
            // Not durable is not published: nobody may find it after we said so.
            do throws(StorageError) {
                try store.delete(snapshot.id.objectName)
            } catch let second {
                throw uncertain(error, second)
            }
            throw RepositoryError(error)
        }
    }

    /// A put that failed may have been done, its answer lost: returns where our bytes are there.
    private func settle(_ failure: StorageError, _ bytes: [UInt8]) throws(RepositoryError) {
        let found: [UInt8]
        do throws(StorageError) {
            found = try repository.store.getSmall(id.objectName, limit: 64 << 20)
        } catch {
            if error.code == .notFound { throw RepositoryError(failure) }
            throw uncertain(failure, error)
        }
        guard found != bytes else { return repository.store.adopt(id.objectName) }
        throw RepositoryError(
            code: .revoked,
            message: "this backup was taken for dead and revoked while it ran; run it again",
            cause: failure
        )
    }

    private func uncertain(_ first: StorageError, _ second: StorageError) -> RepositoryError {
        RepositoryError(
            code: .uncertain,
            message: "whether the snapshot \(id) was published could not be learned: "
                + "\(first.message); \(second.message)",
            cause: first
        )
    }
}
