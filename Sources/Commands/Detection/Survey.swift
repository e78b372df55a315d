internal import Databases
internal import Files
internal import Subjects

/// What lies at one place of the host: found by a walk that ends at its limits.
struct Survey {
    /// How far a walk goes.
    struct Limits {
        var depth = 8
        var nameCount = 50_000
        /// After how long every walk ends, counted from here.
        var timeLimitSeconds = 10.0
        var watch = Stopwatch()
    }

    private struct Stop: Error {}

    private(set) var isFile = false
    /// Paths from the place, `.` where the place itself is the file.
    private(set) var databases: [Path] = []
    /// Files of weights by their ending.
    private(set) var models: [Path] = []
    /// Folders that are named after a time.
    private(set) var versions: [Path] = []
    /// A link to one of them, with its target.
    private(set) var link: (name: Path, target: Path)?
    private(set) var secrets: [Path] = []
    private(set) var fileCount = 0
    private(set) var sizeBytes: UInt64 = 0
    /// The limit that ended the walk, in words.
    private(set) var limit: String?
    private var nameCount = 0

    /// Looks at a place.
    ///
    /// - Parameters:
    ///   - place: A file or folder.
    ///   - leaving: Folders in it that are not looked into.
    ///   - limits: How far to go.
    /// - Returns: Nil where nothing is there, or what is there is neither file nor folder.
    static func look(at place: Path, leaving: [Path] = [], limits: Limits) -> Survey? {
        guard let status = try? FileStatus(of: place, following: true) else { return nil }
        var survey = Survey()
        if status.kind == .file {
            survey.isFile = true
            guard let folder = try? Directory(place.parent) else { return nil }
            survey.take(Path("."), place.lastComponent, status, folder)
            return survey
        }
        guard status.kind == .folder, let root = try? Directory(place) else { return nil }
        do throws(Stop) {
            try TreeWalk.run(root) { (item, folder) throws(Stop) in
                if leaving.contains(place.appending(item.path)) { return .skip }
                return try survey.visit(item, folder, limits)
            } onFailure: { (_) throws(Stop) in
            }
        } catch {
            // The limit is in the result.
        }
        return survey
    }

    private mutating func visit(
        _ item: borrowing TreeWalk.Item,
        _ folder: borrowing Directory,
        _ limits: Limits
    ) throws(Stop) -> TreeWalk.Step {
        nameCount += 1
        if nameCount > limits.nameCount {
            limit = "its first \(limits.nameCount) names"
            throw Stop()
        }
        if nameCount % 256 == 0, limits.watch.seconds > limits.timeLimitSeconds {
            limit = "its first \(nameCount) names, for want of time"
            throw Stop()
        }
        switch item.status.kind {
        case .folder:
            if Self.isVersion(item.name) { versions.append(item.path) }
            guard item.path.components.count >= limits.depth else { return .descend }
            limit = limit ?? "\(limits.depth) levels of it"
        case .file: take(item.path, item.name, item.status, folder)
        case .link:
            guard let target = try? folder.linkTarget(item.name),
                Self.isVersion(target.lastComponent)
            else { break }
            link = (item.name, target)
        default: break
        }
        return .skip
    }

    private mutating func take(
        _ path: Path,
        _ name: Path,
        _ status: FileStatus,
        _ folder: borrowing Directory
    ) {
        fileCount += 1
        sizeBytes += status.sizeBytes
        if status.sizeBytes >= 512, status.sizeBytes % 512 == 0,
            DatabaseHeader.isSQLite(Self.start(of: name, in: folder))
        {
            databases.append(path)
        } else if ModelFileName.isWeights(name) {
            models.append(path)
        } else if SecretFiles.isSecret(name, start: { Self.start(of: name, in: folder) }) {
            secrets.append(path)
        }
    }

    private static func start(of name: Path, in folder: borrowing Directory) -> [UInt8] {
        let buffer = AlignedBuffer(byteCount: 4096)
        guard let file = try? folder.open(name, .read),
            let count = try? unsafe file.read(into: buffer.bytes, at: 0)
        else { return [] }
        return unsafe Array(buffer.slice(0..<count))
    }

    /// Whether a name is a time to the minute, such as `202601140210`.
    static func isVersion(_ name: Path) -> Bool {
        guard name.bytes.count == 12, name.bytes.allSatisfy({ 0x30...0x39 ~= $0 }) else {
            return false
        }
        func number(_ range: Range<Int>) -> Int {
            name.bytes[range].reduce(0) { $0 * 10 + Int($1) - 0x30 }
        }
        return (1...12).contains(number(4..<6)) && (1...31).contains(number(6..<8))
            && number(8..<10) < 24 && number(10..<12) < 60
    }

    /// Counts and sizes for people.
    var summary: String {
        if fileCount == 0 { return "empty now" }
        var parts: [String] = []
        if !databases.isEmpty { parts.append(Self.count(databases.count, "database")) }
        if !versions.isEmpty { parts.append(Self.count(versions.count, "version")) }
        if !isFile { parts.append(Self.count(fileCount, "file")) }
        parts.append(ByteText.text(sizeBytes))
        let text = parts.joined(separator: ", ")
        return limit.map { "\(text) and more: only \($0) were looked at" } ?? text
    }

    static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
}
