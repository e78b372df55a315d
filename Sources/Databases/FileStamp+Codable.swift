extension FileStamp: Codable {
    private enum CodingKeys: String, CodingKey {
        case device
        case inode
        case size
        case mtime
        case ctime
    }

    /// Reads what ``encode(to:)`` wrote.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func number<Number: FixedWidthInteger>(_ key: CodingKeys) throws -> Number {
            guard let number = Number(try values.decode(String.self, forKey: key)) else {
                throw DecodingError.dataCorruptedError(
                    forKey: key,
                    in: values,
                    debugDescription: "not a number"
                )
            }
            return number
        }
        device = try number(.device)
        inode = try number(.inode)
        sizeBytes = try number(.size)
        modifiedNanoseconds = try number(.mtime)
        changedNanoseconds = try number(.ctime)
    }

    /// Writes decimal strings: other JSON tools round numbers above 2^53.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(String(device), forKey: .device)
        try values.encode(String(inode), forKey: .inode)
        try values.encode(String(sizeBytes), forKey: .size)
        try values.encode(String(modifiedNanoseconds), forKey: .mtime)
        try values.encode(String(changedNanoseconds), forKey: .ctime)
    }
}
