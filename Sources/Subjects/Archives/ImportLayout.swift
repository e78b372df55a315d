internal import Archiving
public import Files

/// Which members of an archive become which files of a component: decided before anything is moved.
public struct ImportLayout: Sendable, Equatable {
    /// The leading folders that are taken off; empty for none.
    public let prefix: Path
    /// The one member that is taken, for a component that is one file.
    public let member: Path?
    /// How many regular files are taken.
    public let files: Int
    /// How many of them are the log or journal of another, which goes into its database.
    public let logs: Int
    /// Their length together, as far as the archive tells.
    public let sizeBytes: UInt64
    /// How many members belong to other components.
    public let others: Int

    /// Decides from the members alone.
    ///
    /// - Parameters:
    ///   - entries: All members.
    ///   - target: The component.
    ///   - strip: How many leading folders a person wants to have taken off; nil takes off those
    ///     that all members share, down to one of the component's own name; of an export with
    ///     several components only the one is taken.
    /// - Throws: ``ImportError`` with `layout`.
    init(_ entries: [ArchiveEntry], for target: ImportTarget, strip: Int?) throws(ImportError) {
        let members = entries.map { Member($0) }
        let shared = Self.sharedFolders(members)
        if let strip {
            guard strip <= shared.count else {
                throw ImportError(
                    .layout,
                    "the members share \(shared.count) leading folders, not \(strip)"
                )
            }
            prefix = Self.joined(shared.prefix(strip))
        } else if shared.isEmpty, Self.isExport(members, target) {
            prefix = Path(target.name)
        } else {
            // Not below a folder of the component's own name: what all lies in one folder there
            // is no less part of the component.
            let own = shared.lastIndex(of: target.path.lastComponent)
            prefix = Self.joined(own.map { shared[...$0] } ?? shared[...])
        }
        let prefix = self.prefix
        let inside = members.filter { prefix.bytes.isEmpty || prefix.contains($0.path) }
        others = members.count - inside.count
        let names = Set(inside.filter(\.isFile).map(\.path))
        let owned = names.filter { path in
            DatabaseSidecars.owner(of: path).map { names.contains($0) } ?? false
        }
        guard names.count > owned.count else {
            throw ImportError(.layout, "the archive holds no file for component \(target.name)")
        }
        var taken = names
        switch target.shape {
        case .folder: member = nil
        case .file:
            let one = try Self.choose(names.subtracting(owned), for: target)
            member = one
            taken = names.filter {
                $0 == one || owned.contains($0) && DatabaseSidecars.owner(of: $0) == one
            }
        }
        taken = taken.filter { !owned.contains($0) || !DatabaseSidecars.isIndex($0) }
        files = taken.count
        logs = taken.intersection(owned).count
        sizeBytes = inside.reduce(0) { taken.contains($1.path) ? $0 + $1.sizeBytes : $0 }
    }

    private struct Member {
        let path: Path
        let isFile: Bool
        let isFolder: Bool
        let sizeBytes: UInt64

        init(_ entry: ArchiveEntry) {
            path = entry.plainPath
            isFolder = entry.kind == .directory
            switch entry.kind {
            case .file(let byteCount): (isFile, sizeBytes) = (true, UInt64(max(byteCount ?? 0, 0)))
            case .hardLink: (isFile, sizeBytes) = (true, 0)
            case .directory, .symbolicLink, .special: (isFile, sizeBytes) = (false, 0)
            }
        }

        /// The folder that it is, or that it lies in.
        var folder: ArraySlice<Path> {
            isFolder ? path.components[...] : path.components.dropLast()
        }
    }

    /// A folder that is a member itself is where whoever packed it began, so that it counts whole.
    private static func sharedFolders(_ members: [Member]) -> [Path] {
        guard var shared = members.first.map({ Array($0.folder) }) else { return [] }
        for member in members where !shared.isEmpty {
            let equal = zip(shared, member.folder).prefix { $0 == $1 }.count
            shared.removeLast(shared.count - equal)
        }
        return shared
    }

    private static func isExport(_ members: [Member], _ target: ImportTarget) -> Bool {
        let tops = Set(members.compactMap { $0.path.components.first?.text })
        return tops.contains(target.name) && tops.isSubset(of: target.components)
    }

    private static func choose(
        _ files: Set<Path>,
        for target: ImportTarget
    ) throws(ImportError) -> Path {
        let wanted = target.path.lastComponent
        let named = files.count == 1 ? files : files.filter { $0.lastComponent == wanted }
        if named.count == 1, let one = named.first { return one }
        throw ImportError(
            .layout,
            "component \(target.name) is one file, and the archive holds \(files.count), "
                + "\(named.count) of them called \(wanted)"
        )
    }

    private static func joined(_ names: ArraySlice<Path>) -> Path {
        names.reduce(Path("")) { $0.appending($1) }
    }
}

extension ArchiveEntry {
    /// The path without `.`, doubled or last slashes; empty for the folder that was packed.
    var plainPath: Path {
        let path = Path(bytes: path).normalized
        return path == Path(".") ? Path("") : path
    }
}
