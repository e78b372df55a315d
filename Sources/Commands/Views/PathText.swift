internal import Files
internal import FoundationEssentials

/// A path as JSON can hold it: as text, and beside it in base64 where its bytes are not UTF-8.
struct PathText: Encodable, Sendable {
    let path: Path

    init(_ path: Path) {
        self.path = path
    }

    /// For people.
    var shown: String { path.description }

    private enum CodingKeys: String, CodingKey {
        case path
        case base64 = "path_b64"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(path.text ?? path.description, forKey: .path)
        if path.text == nil {
            try container.encode(Data(path.bytes).base64EncodedString(), forKey: .base64)
        }
    }
}
