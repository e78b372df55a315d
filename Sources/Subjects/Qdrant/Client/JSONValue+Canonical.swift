internal import FoundationEssentials
public import Transfers

extension JSONValue {
    /// The value as text with sorted keys, the same for equal values.
    public var canonicalBytes: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else {
            preconditionFailure("a JSON value that cannot be written")
        }
        return Array(data)
    }
}
