internal import CLinux

extension Directory {
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
        let size = recover_list_xattrs(descriptor, nil, 0)
        if size <= 0 { return [] }
        var list = [UInt8](repeating: 0, count: size + 1024)
        let count = try SystemCall.check("list the attributes of", path) {
            unsafe list.withUnsafeMutableBytes {
                unsafe recover_list_xattrs(
                    descriptor,
                    $0.baseAddress?.assumingMemoryBound(to: CChar.self),
                    $0.count
                )
            }
        }
        var found: [(name: String, value: [UInt8])] = []
        for raw in list[..<count].split(separator: 0) {
            let name = String(decoding: raw, as: UTF8.self)
            if name.hasPrefix("security.selinux") || name.hasPrefix("trusted.overlay") { continue }
            found.append((name, try attribute(name)))
        }
        return found.sorted { $0.name < $1.name }
    }

    private func attribute(_ name: String) throws(FileError) -> [UInt8] {
        var value = [UInt8](repeating: 0, count: 65_536)
        let count = try SystemCall.check("read attribute \(name) of", path) {
            unsafe value.withUnsafeMutableBytes {
                unsafe recover_get_xattr(descriptor, name, $0.baseAddress, $0.count)
            }
        }
        return Array(value[..<count])
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
