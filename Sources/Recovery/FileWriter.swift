internal import Files

/// Writes the pieces of one new file, past the page cache while they are aligned and it is large.
struct FileWriter {
    private static let directMinimum: UInt64 = 64 << 20

    private let sizeBytes: UInt64
    private var isDirect = false

    init(sizeBytes: UInt64) {
        self.sizeBytes = sizeBytes
    }

    /// Sets the length first, so that holes need not be written.
    mutating func prepare(_ file: borrowing OpenFile) throws(FileError) {
        if sizeBytes > 0 { try file.truncate(to: sizeBytes) }
        isDirect = sizeBytes >= Self.directMinimum && file.setDirect(true)
    }

    mutating func write(
        _ bytes: UnsafeRawBufferPointer,
        at offset: UInt64,
        to file: borrowing OpenFile
    ) throws(FileError) {
        if isDirect {
            let address = UInt(bitPattern: bytes.baseAddress)
            if (address | UInt(offset) | UInt(bytes.count)) & 4095 == 0 {
                do throws(FileError) {
                    return try unsafe file.write(bytes, at: offset)
                } catch {
                    guard error.code == .unsupported else { throw error }
                }
            }
            isDirect = false
            _ = file.setDirect(false)
        }
        try unsafe file.write(bytes, at: offset)
    }
}
