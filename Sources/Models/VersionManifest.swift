public import Files
public import Manifests

/// What a version holds: the lines of `sha256sum`, behind comment lines that `sha256sum -c`
/// passes over.
///
/// ```
/// # recover-model-version 1
/// # version: 202601140210
/// # created: 2026-01-14T02:10:33+09:00
/// <digest>  weights/model.bin
/// ```
public struct VersionManifest: Sendable {
    /// Its name inside a version.
    public static let fileName = Path("MANIFEST.sha256")

    /// The version's name when it was published.
    public var version: String
    /// When it was published; nil in a manifest that somebody else wrote.
    public var created: Moment?
    /// One line a file, in order of path, without the manifest and the ready mark.
    public var lines: [ChecksumLine]

    /// Describes a version.
    ///
    /// - Parameters:
    ///   - version: Its name.
    ///   - created: When it is published.
    ///   - lines: One a file.
    public init(version: String, created: Moment?, lines: [ChecksumLine]) {
        self.version = version
        self.created = created
        self.lines = lines.sorted { $0.path < $1.path }
    }

    /// The file's bytes.
    public var bytes: [UInt8] {
        var text = "# recover-model-version 1\n# version: \(version)\n"
        if let created { text += "# created: \(created.rfc3339)\n" }
        return Array(text.utf8) + lines.flatMap(\.bytes)
    }

    /// Reads a manifest, also one that `sha256sum` wrote.
    ///
    /// - Parameter bytes: The file.
    /// - Returns: The manifest.
    /// - Throws: ``ManifestError`` where a line is neither a comment nor one of `sha256sum`.
    public static func parse(_ bytes: [UInt8]) throws(ManifestError) -> VersionManifest {
        var plain: [UInt8] = []
        var values: [String: String] = [:]
        for line in bytes.split(separator: 0x0A) {
            guard line.first == UInt8(ascii: "#") else {
                plain += line + [0x0A]
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
            lines: try ChecksumLine.parse(plain)
        )
    }
}
