internal import Glibc

extension Path {
    /// The same place without symbolic links, absolute.
    ///
    /// - Returns: What the kernel makes of every link on the way.
    /// - Throws: ``FileError``; `notFound` where a link leads to nothing.
    ///
    /// The corresponding C function is `realpath`.
    public func real() throws(FileError) -> Path {
        while true {
            let found = unsafe withCString { unsafe realpath($0, nil) }
            if let found = unsafe found {
                defer { unsafe free(found) }
                let count = unsafe strlen(found)
                let bytes = unsafe UnsafeRawBufferPointer(start: found, count: count)
                return Path(bytes: unsafe Array(bytes))
            }
            let number = errno
            if number != EINTR { throw FileError(number, "resolve", self) }
        }
    }
}
