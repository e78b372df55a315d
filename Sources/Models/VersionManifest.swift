public import Files
public import Manifests

/// What a version holds: the lines of `sha256sum`, behind comment lines that `sha256sum -c`
/// passes over.
///
/// ```
/// # recover-model-version 1
/// # version: 202601140210
/// # created: 2026-01-14T02:10:33+09:00
/// # link: weights/latest.bin -> model.bin
/// <digest>  weights/model.bin
/// ```
public struct VersionManifest: Sendable, Equatable {
    /// Its name inside a version.
    public static let fileName = Path("MANIFEST.sha256")
    /// One that is longer is not read.
    static let limitBytes = 64 << 20

    /// The version's name when it was published.
    public var version: String
    /// When it was published; nil in a manifest that somebody else wrote.
    public var created: Moment?
    /// One line a file, in order of path, without the manifest and the ready mark.
    public var lines: [ChecksumLine]
    /// What each symbolic link holds, by its path; none in a manifest that somebody else wrote, and
    /// in older ones.
    public var links: [Path: Path]

    private static let heading = "# recover-model-version "

    /// Describes a version.
    ///
    /// - Parameters:
    ///   - version: Its name.
    ///   - created: When it is published.
    ///   - lines: One a file.
    ///   - links: What each symbolic link holds, by its path.
    public init(
        version: String,
        created: Moment?,
        lines: [ChecksumLine],
        links: [Path: Path] = [:]
    ) {
        self.version = version
        self.created = created
        self.links = links
        self.lines = lines.sorted { $0.path < $1.path }
    }

    /// The file's bytes.
    public var bytes: [UInt8] {
        var text = "\(Self.heading)1\n# version: \(version)\n"
        if let created { text += "# created: \(created.rfc3339)\n" }
        let links = links.sorted { $0.key < $1.key }
        return Array(text.utf8) + links.flatMap { ManifestLink.line($0.key, to: $0.value) }
            + lines.flatMap(\.bytes)
    }

    /// Reads a manifest, also one that `sha256sum` wrote.
    ///
    /// - Parameter bytes: The file.
    /// - Returns: The manifest.
    /// - Throws: ``ManifestError`` where a line is neither a comment nor one of `sha256sum`.
    public static func parse(_ bytes: [UInt8]) throws(ManifestError) -> VersionManifest {
        var plain: [UInt8] = []
        var values: [String: String] = [:]
        var links: [Path: Path] = [:]
        // What others comment on is no statement of ours.
        let isOurs = bytes.starts(with: heading.utf8)
        for line in bytes.split(separator: 0x0A) {
            guard line.first == UInt8(ascii: "#") else {
                plain += line + [0x0A]
                continue
            }
            if isOurs, let link = try ManifestLink.parse(line) {
                links[link.path] = link.target
                continue
            }
            let text = String(decoding: line.dropFirst(), as: UTF8.self)
            guard let colon = text.firstIndex(of: ":") else { continue }
            let name = text[..<colon].drop { $0 == " " }
            values[String(name)] = String(text[text.index(after: colon)...].drop { $0 == " " })
        }
        return VersionManifest(
            version: values["version"] ?? "",
            created: values["created"].flatMap { Moment(rfc3339: $0) },
            lines: try ChecksumLine.parse(plain),
            links: links
        )
    }
}
