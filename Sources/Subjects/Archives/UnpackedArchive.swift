internal import Archiving
public import Files

/// An archive whose members lie in a private folder.
public struct UnpackedArchive: Sendable {
    /// The folder.
    public let folder: Path
    let entries: [ArchiveEntry]

    /// Decides what becomes of the members.
    ///
    /// - Parameters:
    ///   - target: The component.
    ///   - strip: How many leading folders are taken off; nil finds out.
    /// - Returns: The plan.
    /// - Throws: ``ImportError``.
    public func layout(for target: ImportTarget, strip: Int?) throws(ImportError) -> ImportLayout {
        try ImportLayout(entries, for: target, strip: strip)
    }

    /// Moves what is taken to where a capture finds it.
    ///
    /// - Parameters:
    ///   - layout: The plan for these members.
    ///   - target: The component.
    ///   - content: Where the component's root is to be: a name beside the folder that is free.
    ///   - origin: What the snapshot names as the source.
    /// - Returns: The source to capture.
    /// - Throws: ``ImportError``.
    public func source(
        _ layout: ImportLayout,
        for target: ImportTarget,
        at content: Path,
        origin: Path
    ) throws(ImportError) -> FileTreeSource {
        var path = content
        if let member = layout.member {
            path = content.appending(target.path.lastComponent)
            try importing { () throws(FileError) in
                let root = try Directory(folder)
                let parent = member.parent == Path(".") ? root : try root.folder(member.parent)
                try Directory(content.parent).makeFolder(content.lastComponent)
                let made = try Directory(content)
                for suffix in [""] + DatabaseSidecars.logSuffixes {
                    let name = member.lastComponent.adding(suffix: suffix)
                    do throws(FileError) {
                        try parent.rename(name, to: made, path.lastComponent.adding(suffix: suffix))
                    } catch {
                        if suffix.isEmpty || error.code != .notFound { throw error }
                    }
                }
            }
        } else {
            try importing { () throws(FileError) in
                let beside = try Directory(content.parent)
                let root = folder.appending(layout.prefix)
                try Directory(root.parent).rename(
                    root.lastComponent,
                    to: beside,
                    content.lastComponent
                )
            }
        }
        var source = FileTreeSource(name: target.name, path: path.description)
        source.archive = ArchivedTree(origin: origin, entries, layout, named: path.lastComponent)
        return source
    }
}
