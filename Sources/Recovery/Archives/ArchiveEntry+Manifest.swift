internal import Archiving
internal import Files
internal import Manifests

extension ArchiveEntry {
    /// The member that stands for an entry of a manifest.
    ///
    /// - Parameters:
    ///   - entry: The entry.
    ///   - prefix: The folder that stands for the component.
    init(_ entry: FileEntry, below prefix: Path) {
        let kind: Kind
        switch entry.kind {
        case .file: kind = .file(byteCount: Int64(entry.sizeBytes))
        case .folder: kind = .directory
        case .link: kind = .symbolicLink(target: entry.target?.bytes ?? [])
        }
        self.init(path: prefix.appending(entry.path).bytes, kind: kind, permissions: entry.mode)
        ownerID = Int64(entry.userID)
        groupID = Int64(entry.groupID)
        ownerName = Array((entry.user ?? "").utf8)
        groupName = Array((entry.group ?? "").utf8)
        let billion: Int64 = 1_000_000_000
        let rest = (entry.modifiedNanoseconds % billion + billion) % billion
        modifiedSeconds = (entry.modifiedNanoseconds - rest) / billion
        modifiedNanoseconds = Int(rest)
        for attribute in entry.attributes { add(attribute) }
    }

    /// Access lists have a form of their own in archives.
    private mutating func add(_ attribute: FileEntry.Attribute) {
        let list = AccessList(attribute: attribute.value)
        switch (attribute.name, list) {
        case (AccessList.attributeName, let list?): accessList = list.text
        case (AccessList.defaultAttributeName, let list?): defaultAccessList = list.text
        default: extendedAttributes[Array(attribute.name.utf8)] = attribute.value
        }
    }

    /// Takes away what a zip cannot hold.
    ///
    /// - Returns: Whether there was nothing of the kind.
    mutating func dropAttributes() -> Bool {
        let hadNone = extendedAttributes.isEmpty && accessList.isEmpty && defaultAccessList.isEmpty
        extendedAttributes = [:]
        accessList = ""
        defaultAccessList = ""
        return hadNone
    }
}
