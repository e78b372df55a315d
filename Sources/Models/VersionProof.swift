public import Cryptography
public import Files
internal import Manifests
public import Threads

/// Reads a version and compares every file with its manifest and with `.sha256` files beside it.
public struct VersionProof: Sendable {
    /// What was found.
    public struct Report: Sendable, Equatable {
        /// The version.
        public let version: String
        /// How many files were read.
        public var fileCount = 0
        /// How many bytes were read.
        public var sizeBytes: UInt64 = 0
        /// Files with other bytes than stated, and links that lead elsewhere.
        public var damaged: [Path] = []
        /// Files and links that are stated and not there.
        public var missing: [Path] = []
        /// Files that are there and not stated.
        public var extra: [Path] = []
        /// Whether the version has a manifest; without one only `.sha256` files state anything.
        public var hasManifest = false

        /// Whether every file is as stated; one too many does no harm to the others.
        public var isIntact: Bool { damaged.isEmpty && missing.isEmpty }
    }

    /// What is stated of one file, perhaps by two.
    private struct Claim: Sendable {
        let path: Path
        let digests: Set<Digest>
        let sizeBytes: UInt64
    }

    private let folder: ModelFolder
    private let reading: FileCopy

    /// Prepares a proof.
    ///
    /// - Parameters:
    ///   - folder: Where versions lie.
    ///   - cancellation: Raised to stop at the next safe point.
    ///   - onBytes: Told how many bytes were read, on any thread.
    public init(
        _ folder: ModelFolder,
        cancellation: Cancellation,
        onBytes: @escaping @Sendable (Int) -> Void
    ) {
        self.folder = folder
        reading = FileCopy(cancellation: cancellation, onBytes: onBytes)
    }

    /// Reads a version, on all cores.
    ///
    /// - Parameter version: Its name.
    /// - Returns: What was found.
    /// - Throws: ``ModelError`` with `notReady` where nothing states what it should hold.
    public func run(_ version: String) throws(ModelError) -> Report {
        let root = try folder.open()
        let name = Path(version)
        let place = folder.settings.path.appending(name)
        let files = try files(in: place)
        var report = Report(version: version)
        var claims = try sidecars(files, place)
        if files[VersionManifest.fileName] != nil || claims.isEmpty {
            let manifest = try VersionManifest.read(in: root, name)
            for line in manifest.lines { claims.append((line.path.normalized, line.digest)) }
            report.hasManifest = true
            try compare(manifest.links, in: place, &report)
        }
        guard !claims.isEmpty else {
            throw ModelError(
                .notReady,
                "\(place.appending(VersionManifest.fileName)) names no file, so nothing can be proven"
            )
        }
        let stated = Set(claims.map(\.path))
        report.extra = files.keys.filter { !stated.contains($0) && !isOwn($0, files) }.sorted()
        return try compare(claims, with: files, in: place, report)
    }

    /// Reads files and compares them with what somebody else states of them, on all cores.
    ///
    /// - Parameters:
    ///   - stated: The digest of each file, by path from the folder.
    ///   - place: The folder.
    /// - Returns: What was found; what is no regular file is missing.
    /// - Throws: ``ModelError``.
    public func run(_ stated: [Path: Digest], in place: Path) throws(ModelError) -> Report {
        var files: [Path: UInt64] = [:]
        for path in stated.keys {
            guard let status = try? FileStatus(of: place.appending(path)), status.kind == .file
            else { continue }
            files[path] = status.sizeBytes
        }
        let claims = stated.map { (path: $0.key, digest: $0.value) }
        return try compare(claims, with: files, in: place, Report(version: ""))
    }

    /// Reads the single files of the folder itself, on all cores.
    ///
    /// - Parameter plain: Which files.
    /// - Returns: What was found; `extra` are those of which nothing states a digest.
    /// - Throws: ``ModelError``.
    public func run(_ plain: PlainFiles) throws(ModelError) -> Report {
        let root = try folder.open()
        let names = plain.files.map(\.name)
        var files: [Path: UInt64] = [:]
        for name in names {
            let sidecar = name.adding(suffix: ChecksumSidecar.suffix)
            for path in [name, sidecar] { files[path] = try? root.status(path).sizeBytes }
        }
        var claims = try sidecars(files, folder.settings.path)
        if (try? root.status(VersionManifest.fileName)) != nil {
            let wanted = Set(names)
            let manifest = try VersionManifest.read(in: root, Path("."))
            claims += manifest.lines.map { ($0.path.normalized, $0.digest) }
                .filter { wanted.contains($0.0) }
        }
        var report = Report(version: "")
        report.missing = plain.missing
        let stated = Set(claims.map(\.path))
        report.extra = names.filter { !stated.contains($0) }.sorted()
        return try compare(claims, with: files, in: folder.settings.path, report)
    }

    private func compare(
        _ links: [Path: Path],
        in place: Path,
        _ report: inout Report
    ) throws(ModelError) {
        let open = try ModelError.doing("open the version") { () throws(FileError) in
            try Directory(place)
        }
        for (path, target) in links {
            guard let holder = try? open.folder(path.parent),
                let status = try? holder.status(path.lastComponent)
            else {
                report.missing.append(path)
                continue
            }
            let found = status.kind == .link ? try? holder.linkTarget(path.lastComponent) : nil
            if found != target { report.damaged.append(path) }
        }
    }

    private func compare(
        _ claims: [(path: Path, digest: Digest)],
        with files: [Path: UInt64],
        in place: Path,
        _ empty: Report
    ) throws(ModelError) -> Report {
        var report = empty
        var stated: [Path: Set<Digest>] = [:]
        for claim in claims { stated[claim.path, default: []].insert(claim.digest) }
        var present: [Claim] = []
        for (path, digests) in stated {
            if let size = files[path] {
                present.append(Claim(path: path, digests: digests, sizeBytes: size))
            } else {
                report.missing.append(path)
            }
        }
        present.sort { $0.sizeBytes > $1.sizeBytes }
        return try read(present, in: place, report)
    }

    private func read(
        _ claims: [Claim],
        in place: Path,
        _ empty: Report
    ) throws(ModelError) -> Report {
        let report = Monitor(empty)
        try WorkPool.run(claims.grouped(by: 2)) { [self] (pair) throws(ModelError) in
            let digests = try digests(of: pair, in: place)
            report.change { report in
                for (claim, digest) in zip(pair, digests) {
                    report.fileCount += 1
                    report.sizeBytes += claim.sizeBytes
                    let isStated = digest.map { claim.digests == [$0] } ?? false
                    if !isStated { report.damaged.append(claim.path) }
                }
            }
        }
        var done = report.change { $0 }
        done.damaged.sort()
        done.missing.sort()
        return done
    }

    /// A file that the disk no longer gives back is damaged like one with other bytes: nil.
    private func digests(
        of pair: [Claim],
        in place: Path
    ) throws(ModelError) -> [Digest?] {
        if pair.count == 2,
            let both = try reading.attempt({ () throws(FileError) in
                try reading.digests(
                    of: try OpenFile(place.appending(pair[0].path), .read),
                    try OpenFile(place.appending(pair[1].path), .read)
                )
            })
        {
            return [both.0, both.1]
        }
        return try pair.map { (claim) throws(ModelError) in
            try reading.attempt { () throws(FileError) in
                try reading.digest(of: try OpenFile(place.appending(claim.path), .read))
            }
        }
    }

    private func files(in place: Path) throws(ModelError) -> [Path: UInt64] {
        let open = try ModelError.doing("open the version") { () throws(FileError) in
            try Directory(place)
        }
        var found: [Path: UInt64] = [:]
        try TreeWalk.run(open) { (item, _) throws(ModelError) -> TreeWalk.Step in
            if item.status.kind == .file { found[item.path] = item.status.sizeBytes }
            return .descend
        } onFailure: { (failure) throws(ModelError) in
            throw ModelError("look at the version", failure.cause)
        }
        return found
    }

    private func sidecars(
        _ files: [Path: UInt64],
        _ place: Path
    ) throws(ModelError) -> [(path: Path, digest: Digest)] {
        var claims: [(path: Path, digest: Digest)] = []
        for path in files.keys.sorted() where path != VersionManifest.fileName {
            guard let stated = ChecksumSidecar.owner(of: path), files[stated] != nil else {
                continue
            }
            let bytes = try ModelError.doing("read") { () throws(FileError) in
                try OpenFile(place.appending(path), .read).readAll(limitBytes: 1 << 20)
            }
            do throws(ManifestError) {
                let digest = try ChecksumSidecar.digest(of: stated.lastComponent, statedBy: bytes)
                claims.append((stated, digest))
            } catch {
                throw ModelError(.damaged, "\(place.appending(path)): \(error.message)")
            }
        }
        return claims
    }

    private func isOwn(_ path: Path, _ files: [Path: UInt64]) -> Bool {
        if path == VersionManifest.fileName || path == folder.settings.readyFile { return true }
        return ChecksumSidecar.owner(of: path).map { files[$0] != nil } ?? false
    }
}
