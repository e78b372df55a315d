/// What an archive file was found to be.
enum ArchiveContent {
    case tarOrZip(LibraryArchive)
    case lone(LoneFile)

    /// Recognises a file by its content, never by its name.
    static func open(
        _ descriptor: Int32,
        loneName: [UInt8]
    ) throws(ArchiveError) -> ArchiveContent {
        let plain = Feed(FileSource(descriptor: descriptor))
        let head = try plain.peek(byteCount: 512)
        // A tar first: it has no mark at its start, a member named "PK" must not make it a zip.
        if TarEnd.isTar(head) { return .tarOrZip(try LibraryArchive(tar: plain)) }
        // The mark of a member, or that of the directory where there is none.
        if head.starts(with: [0x50, 0x4b, 3, 4]) || head.starts(with: [0x50, 0x4b, 5, 6]) {
            return .tarOrZip(try LibraryArchive(zip: descriptor))
        }
        guard let compression = Compression(magic: head) else { throw notAnArchive }
        let feed = Feed(try source(descriptor, compression))
        if TarEnd.isTar(try feed.peek(byteCount: 512)) {
            return .tarOrZip(try LibraryArchive(tar: feed))
        }
        guard compression == .gzip else { throw notAnArchive }
        return .lone(LoneFile(name: loneName, try source(descriptor, .gzip)))
    }

    func next() throws(ArchiveError) -> ArchiveEntry? {
        switch self {
        case .tarOrZip(let archive): try archive.next()
        case .lone(let file): file.next()
        }
    }

    func read(into buffer: inout [UInt8]) throws(ArchiveError) -> Int {
        switch self {
        case .tarOrZip(let archive): try archive.read(into: &buffer)
        case .lone(let file): try file.source.fill(&buffer)
        }
    }

    private static var notAnArchive: ArchiveError {
        ArchiveError(.notAnArchive, "neither a tar, a zip nor a gzip file")
    }

    private static func source(
        _ descriptor: Int32,
        _ compression: Compression
    ) throws(ArchiveError) -> any ByteSource {
        let file = FileSource(descriptor: descriptor)
        return switch compression {
        case .gzip: try GunzipSource(file)
        case .zstd, .xz, .bzip2: try FilterSource(file, compression)
        }
    }
}

/// The one member of a gzip file that holds no tar.
final class LoneFile {
    let source: any ByteSource
    private var entry: ArchiveEntry?

    init(name: [UInt8], _ source: any ByteSource) {
        self.source = source
        entry = ArchiveEntry(path: name, kind: .file(byteCount: nil), permissions: 0o600)
    }

    /// The member, once.
    func next() -> ArchiveEntry? {
        defer { entry = nil }
        return entry
    }
}
