internal import CLinux

extension Directory {
    /// All extended attributes of a name, without opening what bears it.
    ///
    /// - Parameter name: One name; a final link is not followed.
    /// - Returns: Names and values in order of name.
    /// - Throws: ``FileError``.
    public func attributes(of name: Path) throws(FileError) -> [(name: String, value: [UInt8])] {
        let shown = path.appending(name)
        let place = Path("/proc/self/fd/\(file.descriptor)").appending(name)
        return try unsafe ExtendedAttributes.all(shown) { list, size in
            unsafe place.withCString { unsafe recover_list_link_xattrs($0, list, size) }
        } value: { attribute, value, size in
            unsafe place.withCString { unsafe recover_get_link_xattr($0, attribute, value, size) }
        }
    }

    /// All extended attributes of the folder itself.
    ///
    /// - Returns: Names and values in order of name.
    /// - Throws: ``FileError``.
    public func attributes() throws(FileError) -> [(name: String, value: [UInt8])] {
        try file.attributes()
    }
}

extension OpenFile {
    /// All extended attributes we may read, POSIX ACLs among them (`system.posix_acl_access`).
    ///
    /// - Returns: Names and values in order of name; empty where the file system has none.
    /// - Throws: ``FileError`` when an attribute exists and cannot be read.
    public func attributes() throws(FileError) -> [(name: String, value: [UInt8])] {
        try unsafe ExtendedAttributes.all(path) { list, size in
            unsafe recover_list_xattrs(descriptor, list, size)
        } value: { name, value, size in
            unsafe recover_get_xattr(descriptor, name, value, size)
        }
    }

    /// Sets one extended attribute.
    ///
    /// - Parameters:
    ///   - name: With its namespace, such as `user.comment`.
    ///   - value: Its bytes.
    /// - Throws: ``FileError``; `unsupported` or `permission` are ordinary on foreign file systems.
    public func setAttribute(_ name: String, _ value: [UInt8]) throws(FileError) {
        try SystemCall.check("set attribute \(name) of", path) {
            unsafe value.withUnsafeBytes {
                unsafe recover_set_xattr(descriptor, name, $0.baseAddress, $0.count)
            }
        }
    }
}

/// Reads all attributes of something, whichever way it is named.
private enum ExtendedAttributes {
    static func all(
        _ shown: Path,
        list: (UnsafeMutablePointer<CChar>?, Int) -> Int,
        value: (String, UnsafeMutableRawPointer?, Int) -> Int
    ) throws(FileError) -> [(name: String, value: [UInt8])] {
        let size = list(nil, 0)
        if size <= 0 { return [] }
        var names = [UInt8](repeating: 0, count: size + 1024)
        let count = try SystemCall.check("list the attributes of", shown) {
            unsafe names.withUnsafeMutableBytes {
                unsafe list($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
            }
        }
        var found: [(name: String, value: [UInt8])] = []
        for raw in names[..<count].split(separator: 0) {
            let name = String(decoding: raw, as: UTF8.self)
            if name.hasPrefix("security.selinux") || name.hasPrefix("trusted.overlay") { continue }
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let length = try SystemCall.check("read attribute \(name) of", shown) {
                unsafe bytes.withUnsafeMutableBytes {
                    unsafe value(name, $0.baseAddress, $0.count)
                }
            }
            found.append((name, Array(bytes[..<length])))
        }
        return found.sorted { $0.name < $1.name }
    }
}
