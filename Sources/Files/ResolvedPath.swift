internal import Glibc

extension Path {
    /// The same without symbolic links, as far as it is there; asks the file system.
    public var resolved: Path {
        let found = unsafe withCString { unsafe realpath($0, nil) }
        if let found = unsafe found {
            defer { unsafe free(found) }
            let count = unsafe strlen(found)
            return Path(bytes: unsafe Array(UnsafeRawBufferPointer(start: found, count: count)))
        }
        return self == Path("/") || !isAbsolute ? self : parent.resolved.appending(lastComponent)
    }
}
