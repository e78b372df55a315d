internal import Archiving
internal import Calendars
internal import Databases
internal import Deployments
internal import Files
internal import Models
internal import Subjects

/// Habits that look like backups and are none, and mounts and clocks that lead astray.
struct AuditTraps {
    private let loaded: LoadedConfiguration
    private let context: Context
    private var configuration: Configuration { loaded.value }

    init(_ loaded: LoadedConfiguration, _ context: Context) {
        self.loaded = loaded
        self.context = context
    }

    var findings: [AuditFinding] { copies + servers + mounts + clocks }

    // MARK: - Copies by hand

    private var copies: [AuditFinding] {
        var search = CopySearch(
            leaving: [
                Path(configuration.repository), configuration.archives.map { Path($0.folder) },
            ].compactMap { $0 }
        )
        var roots = [loaded.path.parent]
        for component in configuration.components {
            guard case .path(let options) = component.kind, !Glob.isPattern(options.path) else {
                continue
            }
            let path = Path(options.path)
            roots.append(path)
            // Copies lie beside what they are of.
            roots.append(path.parent)
        }
        for root in roots { search.look(at: root) }
        return search.findings
    }

    // MARK: - Archives that a server keeps in its own volume

    private var servers: [AuditFinding] {
        var found: [AuditFinding] = []
        for component in configuration.components {
            guard let source = BackupPlan.server(component, context.environment),
                source.fault == nil,
                let client = try? QdrantClient(source.address, cancellation: context.cancellation),
                let names = try? client.collections()
            else { continue }
            var kept: [String] = []
            var sizeBytes: UInt64 = 0
            for name in names {
                let archives = (try? client.archives(of: name, shard: nil)) ?? []
                if archives.isEmpty { continue }
                kept.append("\(archives.count) of \(name)")
                sizeBytes += archives.reduce(0) { $0 + UInt64(clamping: $1.size) }
            }
            guard !kept.isEmpty else { continue }
            found.append(
                AuditFinding(
                    .risk,
                    "server-archives",
                    "the server keeps snapshots in its own volume (\(kept.joined(separator: ", ")), "
                        + "\(ByteText.text(sizeBytes))): they are lost with it",
                    component: component.name,
                    next: "they are no backup; delete them on the server once recover has one"
                )
            )
        }
        return found
    }

    // MARK: - The link of a model folder mounted by itself

    private var mounts: [AuditFinding] {
        guard let compose = configuration.compose, !compose.files.isEmpty else { return [] }
        let files = compose.files.map { Path($0) }
        let folder = files[0].parent
        var variables = StackEnvironment(in: [loaded.path.parent, folder]).values
        if let file = compose.envFile,
            let bytes = try? OpenFile(Path(file), .read).readAll(limitBytes: 1 << 20)
        {
            let own = EnvironmentFile.values(in: String(decoding: bytes, as: UTF8.self))
            variables.merge(own) { $1 }
        }
        variables.merge(context.environment) { $1 }
        let stack = ComposeStack(files: files, base: folder, variables: variables)
        var found: [AuditFinding] = []
        for component in configuration.components {
            guard case .versions(let options) = component.kind else { continue }
            let link = Path(options.path).appending(options.link).normalized
            for service in stack.services {
                let isMounted = service.mounts.contains { mount in
                    guard case .host(let path) = mount.source else { return false }
                    return path.normalized == link
                }
                guard isMounted else { continue }
                found.append(
                    AuditFinding(
                        .risk,
                        "link-mounted",
                        "service \(service.name) mounts \(link) itself: its container keeps the "
                            + "version that the link named when it was made",
                        component: component.name,
                        next: "mount \(options.path) and let the service follow the link"
                    )
                )
            }
        }
        return found
    }

    // MARK: - Clocks and zones of model folders

    private var clocks: [AuditFinding] {
        var found: [AuditFinding] = []
        for component in configuration.components {
            guard case .versions(let options) = component.kind,
                let settings = try? ModelPlace.settings(options),
                let versions = try? ModelFolder(settings).versions()
            else { continue }
            let odd = versions.filter { $0.clockOffsetHours != nil }
            guard let last = odd.last, let hours = last.clockOffsetHours else { continue }
            found.append(
                AuditFinding(
                    .risk,
                    "model-clock",
                    "\(odd.count) of \(versions.count) versions are named \(abs(hours)) hours "
                        + "\(hours < 0 ? "before" : "after") their files, such as \(last.name): two "
                        + "programs name them in two zones, and the order of names is not that of time",
                    component: component.name,
                    next: "let all of them use the zone \(settings.zone.name)"
                )
            )
        }
        return found
    }
}

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

/// What the name of a copy says.
enum CopyName {
    private static let endings = [
        ".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".tar.bz2", ".tar", ".zip", ".7z", ".dump",
        ".sql", ".sql.gz", ".db", ".sqlite", ".sqlite3", ".bak", ".backup", ".snapshot", ".gz",
    ]
    private static let suffixes = [".backup", ".bak", ".old", ".orig", ".copy", ".save", "~"]

    /// Whether it is a copy whose name holds a day and no time of day.
    static func isByDay(_ name: String) -> Bool {
        let lower = name.lowercased()
        guard let ending = endings.first(where: lower.hasSuffix) else { return false }
        let bytes = Array(lower.utf8.dropLast(ending.utf8.count))
        // Marks between year, month and day do not matter; what follows them does.
        var index = 0
        while index < bytes.count {
            guard isDigit(bytes[index]) else {
                index += 1
                continue
            }
            let (groups, end) = numbers(bytes, from: index)
            if isDay(groups) { return true }
            index = end
        }
        return false
    }

    /// Runs of digits with one mark between each two, such as those of `2026-01-14`.
    private static func numbers(_ bytes: [UInt8], from start: Int) -> ([[UInt8]], Int) {
        var groups: [[UInt8]] = [[]]
        var index = start
        while index < bytes.count {
            if isDigit(bytes[index]) {
                groups[groups.count - 1].append(bytes[index])
            } else if "-_.t".utf8.contains(bytes[index]), index + 1 < bytes.count,
                isDigit(bytes[index + 1])
            {
                groups.append([])
            } else {
                break
            }
            index += 1
        }
        return (groups, index)
    }

    private static func isDay(_ groups: [[UInt8]]) -> Bool {
        func number(_ digits: ArraySlice<UInt8>) -> Int {
            digits.reduce(0) { $0 * 10 + Int($1) - 0x30 }
        }
        let digits = groups.flatMap { $0 }
        // More digits are a time of day, or a number of the run.
        guard digits.count == 8, groups.count == 1 || groups.map(\.count) == [4, 2, 2] else {
            return false
        }
        return (1990...2200).contains(number(digits[0..<4]))
            && (1...12).contains(number(digits[4..<6])) && (1...31).contains(number(digits[6..<8]))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }

    /// The file that it is a copy of, by its name; nil for others.
    static func original(_ name: String) -> String? {
        guard let suffix = suffixes.first(where: { name.hasSuffix($0) }),
            name.utf8.count > suffix.utf8.count
        else { return nil }
        return String(name.dropLast(suffix.count))
    }
}
