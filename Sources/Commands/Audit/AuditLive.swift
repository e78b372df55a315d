internal import Cryptography
internal import Deduplication
internal import Files
internal import Manifests
internal import Subjects

/// Live files against the manifest of a snapshot: what has the length and times of then must have
/// the bytes of then, or a disk changed them by itself.
struct AuditLive {
    private static let listedCount = 5

    private let loaded: LoadedConfiguration
    private let context: Context

    init(_ loaded: LoadedConfiguration, _ context: Context) {
        self.loaded = loaded
        self.context = context
    }

    func findings(_ repository: Repository, _ snapshot: Snapshot) -> [AuditFinding] {
        var findings: [AuditFinding] = []
        for component in loaded.value.components {
            guard let part = snapshot.components[component.name], part.outcome == "captured",
                let source = BackupPlan.source(component, loaded.value),
                let root = try? source.resolve(),
                let folder = try? Directory(root.folder),
                var tree = try? repository.tree(part, name: component.name)
            else { continue }
            context.console.phase("comparing \(component.name) with \(snapshot.id)")
            var rotten: [String] = []
            var count = 0
            while let entry = try? tree.next() {
                if context.cancellation.isRaised { return findings }
                guard let isSame = Self.isSame(entry, folder) else { continue }
                count += 1
                if !isSame { rotten.append(entry.path.description) }
            }
            guard !rotten.isEmpty else { continue }
            let names = rotten.prefix(Self.listedCount).joined(separator: ", ")
            findings.append(
                AuditFinding(
                    .risk,
                    "live-differs",
                    "\(rotten.count) of \(count) files have the times and length of snapshot "
                        + "\(snapshot.id) and other bytes: \(names)",
                    component: component.name,
                    next: "recover restore --snapshot \(snapshot.id) \(component.name) --to DIR"
                )
            )
        }
        return findings
    }

    /// Nil where it says nothing: a database, or a file that was written since.
    private static func isSame(_ entry: FileEntry, _ root: borrowing Directory) -> Bool? {
        guard entry.kind == .file, entry.database == nil, let digest = entry.digest,
            let folder = try? root.folder(entry.path.parent),
            let status = try? folder.status(entry.path.lastComponent), status.kind == .file,
            // Not by the inode: a copy that kept its times must have kept its bytes, too.
            status.sizeBytes == entry.sizeBytes,
            status.modifiedNanoseconds == entry.modifiedNanoseconds,
            let file = try? folder.open(entry.path.lastComponent, .read)
        else { return nil }
        var hash = SHA256()
        let buffer = AlignedBuffer(byteCount: 1 << 20)
        var position: UInt64 = 0
        while true {
            guard let count = try? unsafe file.read(into: buffer.bytes, at: position) else {
                return nil
            }
            if count == 0 { break }
            unsafe hash.update(RawSpan(_unsafeBytes: buffer.slice(0..<count)))
            position += UInt64(count)
        }
        return hash.finish() == digest
    }
}
