internal import Cryptography
internal import Databases
internal import Deduplication
internal import Files
internal import Manifests
internal import Subjects

/// A component that was restored into a folder of its own, held against its manifest.
///
/// Nothing of what the restore itself proved is believed: all files are read again.
struct RestoredFolder {
    let name: String
    let folder: Path
    private let repository: Repository
    private let component: Snapshot.Component
    private let context: Context
    private(set) var databases = 0
    private(set) var files = 0

    init(
        _ name: String,
        _ component: Snapshot.Component,
        in folder: Path,
        _ repository: Repository,
        _ context: Context
    ) {
        self.name = name
        self.component = component
        self.folder = folder
        self.repository = repository
        self.context = context
    }

    /// Reads every file, and opens every database.
    ///
    /// - Returns: What is not as the manifest says; empty where all is.
    mutating func faults() throws(CommandFailure) -> [String] {
        var faults: [String] = []
        let root: Directory
        do throws(FileError) {
            root = try Directory(folder)
        } catch {
            return [error.message]
        }
        let (repository, component, name) = (repository, component, name)
        var tree = try querying { () throws(RepositoryError) in
            try repository.tree(component, name: name)
        }
        while let entry = try querying({ () throws(RepositoryError) in try tree.next() }) {
            if context.cancellation.isRaised {
                throw CommandFailure(.interrupted, "stopped", "the drill was stopped")
            }
            // What only hashes were kept of is nowhere.
            guard entry.kind == .file, !entry.isElsewhere else { continue }
            files += 1
            if let fault = Self.fault(of: entry, in: root) {
                faults.append("\(entry.path): \(fault)")
            } else if let record = entry.database.flatMap({ DatabaseRecord($0) }) {
                databases += 1
                if let fault = databaseFault(entry, record) {
                    faults.append("\(entry.path): \(fault)")
                }
            }
        }
        return faults
    }

    private static func fault(of entry: FileEntry, in root: borrowing Directory) -> String? {
        do throws(FileError) {
            let folder = try root.folder(entry.path.parent)
            guard try folder.status(entry.path.lastComponent).kind == .file else {
                return "it is no file"
            }
            let file = try folder.open(entry.path.lastComponent, .read)
            guard let digest = entry.digest else { return nil }
            var hash = SHA256()
            let buffer = AlignedBuffer(byteCount: 1 << 20)
            var position: UInt64 = 0
            while true {
                let count = try unsafe file.read(into: buffer.bytes, at: position)
                if count == 0 { break }
                unsafe hash.update(RawSpan(_unsafeBytes: buffer.slice(0..<count)))
                position += UInt64(count)
            }
            return hash.finish() == digest ? nil : "its bytes are not those of the snapshot"
        } catch {
            return error.message
        }
    }

    /// `integrity_check`, and the rows that were counted at the capture.
    private func databaseFault(_ entry: FileEntry, _ record: DatabaseRecord) -> String? {
        let path = folder.appending(entry.path)
        let cancellation = context.cancellation
        do throws(DatabaseError) {
            let database = try Database(finished: path.bytes)
            let report = try database.check(.full, messageLimit: 3) { cancellation.isRaised }
            // What was damaged when it was captured is kept as it was, and said then.
            if report.outcome == .damaged, record.quickCheck.outcome != .damaged {
                return "integrity_check: \(report.messages.joined(separator: "; "))"
            }
            let counted = database.facts(budgetMilliseconds: 5000)
            let before = record.rowCounts
            for table in counted.tables {
                guard let known = before[table.name], let known, let now = table.rows,
                    known != now
                else { continue }
                return "table \(table.name) has \(now) rows, and had \(known)"
            }
            return nil
        } catch {
            // Nobody opens it without its key.
            return record.facts.header == nil ? nil : "it cannot be opened: \(error)"
        }
    }
}
