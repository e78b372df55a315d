internal import Deployments
internal import Files

/// The env file of the configured stack, read for one value.
extension EnvironmentFile {
    /// The deployed TAG.
    ///
    /// - Parameter compose: What the configuration says of the stack.
    /// - Returns: The value of its `tag_key`; nil where there is none.
    /// - Throws: ``CommandFailure`` where the file is there and cannot be read.
    static func tag(_ compose: Configuration.Compose?) throws(CommandFailure) -> String? {
        guard let compose, let file = compose.envFile else { return nil }
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try OpenFile(Path(file), .read).readAll(limitBytes: 1 << 20)
        } catch {
            if error.code == .notFound { return nil }
            throw CommandFailure(error, doing: "look for \(compose.tagKey)")
        }
        return value(of: compose.tagKey, in: String(decoding: bytes, as: UTF8.self))
    }
}
