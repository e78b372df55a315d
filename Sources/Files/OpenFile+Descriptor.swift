internal import Glibc

extension OpenFile {
    /// Lends the descriptor to a library that wants one.
    ///
    /// - Parameter body: May move the descriptor's position; must neither close nor keep it.
    /// - Returns: What the body returns.
    /// - Throws: What the body throws.
    public borrowing func withDescriptor<Result: ~Copyable, Failure: Error>(
        _ body: (Int32) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(descriptor)
    }

    /// A second descriptor of the same open file.
    ///
    /// - Returns: The file, with the position of this one.
    /// - Throws: ``FileError``.
    public func duplicate() throws(FileError) -> OpenFile {
        let found = try SystemCall.check("open", path) { fcntl(descriptor, F_DUPFD_CLOEXEC, 0) }
        return OpenFile(descriptor: found, path: path)
    }
}
