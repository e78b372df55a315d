internal import Documents
internal import Files
internal import FoundationEssentials

/// A compose file over the others that names images by their ids, for stacks whose files name tags
/// as they are: those files are the operator's and stay.
enum ImageOverride {
    private struct Document: Encodable {
        struct Service: Encodable { var image: String }

        var version: String?
        var services: [String: Service]
    }

    /// Its text: JSON, which is YAML, too.
    ///
    /// - Parameters:
    ///   - images: Ids by service.
    ///   - version: What the first compose file says; the old compose wants the same.
    /// - Returns: The whole file.
    static func text(_ images: [String: String], version: String?) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let document = Document(
            version: version,
            services: images.mapValues { Document.Service(image: $0) }
        )
        guard let bytes = try? encoder.encode(document) else {
            preconditionFailure("texts always encode")
        }
        return String(decoding: bytes, as: UTF8.self) + "\n"
    }

    /// The `version` of a compose file; nil where it has none.
    static func version(of file: Path) -> String? {
        guard let bytes = try? OpenFile(file, .read).readAll(limitBytes: 1 << 20),
            let root = try? YAMLNode(parsing: bytes, name: "\(file)"),
            case .scalar(let scalar)? = root["version"]?.content
        else { return nil }
        return scalar.text
    }
}
