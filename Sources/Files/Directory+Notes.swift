/// Small files that are whole or as they were.
extension Directory {
    /// Writes a file, mode 0600, in the place of what has its name; durable when this returns.
    ///
    /// - Parameters:
    ///   - name: One name in this folder.
    ///   - bytes: All of its content.
    /// - Throws: ``FileError``; what had the name still has it, or the new content has.
    public func writeNote(_ name: Path, _ bytes: [UInt8]) throws(FileError) {
        let draft = name.adding(suffix: ".new")
        // Of a run that was killed.
        try? remove(draft)
        do throws(FileError) {
            let file = try open(draft, .create)
            try file.append(bytes)
            try file.sync()
            try replace(name, with: draft)
        } catch {
            try? remove(draft)
            throw error
        }
        try sync()
    }

    /// Reads a file that may not be there.
    ///
    /// - Parameters:
    ///   - name: One name in this folder.
    ///   - limitBytes: More than this is an error.
    /// - Returns: All of its content; nil where there is no such file.
    /// - Throws: ``FileError`` where it is there and cannot be read.
    public func readNote(_ name: Path, limitBytes: Int = 1 << 20) throws(FileError) -> [UInt8]? {
        do throws(FileError) {
            return try open(name, .read).readAll(limitBytes: limitBytes)
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }
}
