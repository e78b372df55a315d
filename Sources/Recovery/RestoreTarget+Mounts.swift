public import Files

extension RestoreTarget {
    /// A mount that a swap of this target could not take along.
    ///
    /// A target that is itself a mounted folder is none: its children are swapped.
    ///
    /// - Returns: The first one; nil where there is none.
    /// - Throws: ``FileError`` where this machine does not tell its mounts.
    public func mountInTheWay() throws(FileError) -> Path? {
        let mounts = try MountTable().points
        let real = (try? folder.real()) ?? folder.normalized
        switch extent {
        case .file(let name): return mounts.first { $0 == real.appending(name) }
        case .folder: return mounts.first { $0 != real && real.contains($0) }
        // What is there besides stays in its place.
        case .files, .children: return nil
        }
    }
}
