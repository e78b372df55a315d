internal import Archiving
internal import Databases
internal import Files

/// Looks for copies that somebody makes by hand: one name a day, one generation, or the raw file
/// of a database that was open.
struct CopySearch {
    private static let depthMax = 4
    private static let namesMax = 20_000
    private static let archiveBytesMax: UInt64 = 256 << 20
    private static let shownCount = 4

    private let leaving: [Path]
    private var seen: Set<Path> = []
    private var byDay: [Path] = []
    private var single: [Path] = []
    private var raw: [Path] = []

    init(leaving: [Path]) {
        self.leaving = leaving
    }

    private struct Stop: Error {}

    mutating func look(at root: Path) {
        guard (try? FileStatus(of: root, following: true).kind) == .folder,
            let folder = try? Directory(root)
        else { return }
        var count = 0
        do throws(Stop) {
            try TreeWalk.run(folder) { (item, folder) throws(Stop) in
                count += 1
                if count > Self.namesMax { throw Stop() }
                let path = root.appending(item.path)
                switch item.status.kind {
                case .folder:
                    let isTooDeep = item.path.components.count > Self.depthMax
                    let isRoot = item.path.bytes.isEmpty
                    let isPassed =
                        leaving.contains(path) || !isRoot && Self.isPassedOver(item.name)
                    return isTooDeep || isPassed ? .skip : .descend
                case .file:
                    if seen.insert(path).inserted {
                        take(path, item.name, item.status, item.siblings, folder)
                    }
                default: break
                }
                return .skip
            } onFailure: { (_) throws(Stop) in
            }
        } catch {
            // What was found until then is said.
        }
    }

    private static func isPassedOver(_ name: Path) -> Bool {
        let text = name.description
        return text.hasPrefix(".") || ["node_modules", "venv", "__pycache__"].contains(text)
    }

    private mutating func take(
        _ path: Path,
        _ name: Path,
        _ status: FileStatus,
        _ siblings: [Path],
        _ folder: borrowing Directory
    ) {
        let text = name.description
        if CopyName.isByDay(text) {
            byDay.append(path)
            if status.sizeBytes <= Self.archiveBytesMax, Self.holdsDatabases(path) {
                raw.append(path)
            }
        }
        guard let original = CopyName.original(text), siblings.contains(Path(original)) else {
            return
        }
        single.append(path)
        if let file = try? folder.open(Path(original), .read),
            let start = Self.start(file), DatabaseHeader.isSQLite(start)
        {
            raw.append(path)
        }
    }

    private static func start(_ file: borrowing OpenFile) -> [UInt8]? {
        let buffer = AlignedBuffer(byteCount: 4096)
        guard let count = try? unsafe file.read(into: buffer.bytes, at: 0) else { return nil }
        return unsafe Array(buffer.slice(0..<count))
    }

    /// Whether an archive has members that are named like databases.
    private static func holdsDatabases(_ path: Path) -> Bool {
        let endings = [".db", ".sqlite", ".sqlite3", "-wal"]
        guard let file = try? OpenFile(path, .read) else { return false }
        do throws(ArchiveError) {
            return try file.withDescriptor { (descriptor) throws(ArchiveError) in
                var reader = try ArchiveReader(
                    descriptor: descriptor,
                    loneName: path.bytes,
                    limits: ArchiveLimits(byteCountMax: 4 << 30, entryCountMax: namesMax)
                )
                while let entry = try reader.next() {
                    let name = String(decoding: entry.path, as: UTF8.self)
                    if endings.contains(where: name.hasSuffix) { return true }
                }
                return false
            }
        } catch {
            // No archive, or none of a kind that we read: nothing is known of it.
            return false
        }
    }

    var findings: [AuditFinding] {
        var found: [AuditFinding] = []
        if !byDay.isEmpty {
            found.append(
                AuditFinding(
                    .risk,
                    "day-named-copies",
                    "copies are named by the day, so that the second one of a day replaces the "
                        + "first: \(Self.shown(byDay))",
                    next: "let recover backup keep them: every run has a name of its own"
                )
            )
        }
        if !single.isEmpty {
            found.append(
                AuditFinding(
                    .risk,
                    "one-generation",
                    "a copy lies beside its original, and each new one replaces the last: "
                        + Self.shown(single),
                    next: "recover list shows what recover keeps of it"
                )
            )
        }
        if !raw.isEmpty {
            found.append(
                AuditFinding(
                    .risk,
                    "raw-database-copies",
                    "copies of database files that may have been open, which tar and cp tear: "
                        + Self.shown(raw),
                    next: "recover verify, then remove them: recover copies databases as a whole"
                )
            )
        }
        return found
    }

    private static func shown(_ paths: [Path]) -> String {
        let names = paths.sorted().prefix(shownCount).map(\.description).joined(separator: ", ")
        return paths.count > shownCount ? "\(names) and \(paths.count - shownCount) more" : names
    }
}
