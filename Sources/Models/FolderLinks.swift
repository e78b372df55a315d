internal import Files

/// Every symbolic link below a model folder, and the version that each leans on.
struct FolderLinks {
    private struct Link {
        let path: Path
        /// The version it lies in; nil for one beside the versions.
        let holder: String?
        let end: VersionPlaces.End
    }

    private let links: [Link]

    /// Walks the folder; no link is followed on the way.
    ///
    /// - Parameters:
    ///   - root: The model folder.
    ///   - settings: How its link and versions are named.
    ///   - current: The link to the version in use, which may be a file.
    /// - Throws: ``ModelError``.
    init(
        _ root: borrowing Directory,
        _ settings: ModelFolder.Settings,
        _ current: CurrentLink
    ) throws(ModelError) {
        let places = try ModelError.doing("list versions") { () throws(FileError) in
            try VersionPlaces(root, settings.pattern)
        }
        var found: [Link] = []
        if current.kind == .pointer, let target = current.target {
            found.append(
                Link(path: settings.link, holder: nil, end: places.end(of: target))
            )
        }
        try TreeWalk.run(root) { (item, _) throws(ModelError) -> TreeWalk.Step in
            guard let first = item.path.components.first else { return .descend }
            if first == ModelJournal.folder || first.bytes.starts(with: Self.ownPrefix) {
                return .skip
            }
            guard item.status.kind == .link else { return .descend }
            let isVersion = first.text.map { settings.pattern.time(of: $0) != nil } ?? false
            found.append(
                Link(
                    path: item.path,
                    holder: isVersion && first != item.path ? first.text : nil,
                    end: places.end(of: item.path)
                )
            )
            return .skip
        } onFailure: { (failure) throws(ModelError) in
            throw ModelError("look for links", failure.cause)
        }
        links = found
    }

    /// Adds the versions that links lean on: those beside the versions, and those in one that stays.
    ///
    /// - Parameter reasons: Why versions stay, by name.
    func keep(in reasons: inout [String: String]) {
        var isSettled = false
        while !isSettled {
            isSettled = true
            for link in links where link.holder.map({ reasons[$0] != nil }) ?? true {
                guard case .version(let name) = link.end, reasons[name] == nil else { continue }
                reasons[name] = "the link \(link.path) names it"
                isSettled = false
            }
        }
    }

    /// Refuses where a link that stays may stand for a version that nobody can tell.
    ///
    /// - Parameter reasons: Why versions stay, by name.
    /// - Throws: ``ModelError`` with `invalid`, naming the link.
    func check(_ reasons: [String: String]) throws(ModelError) {
        for link in links where link.holder.map({ reasons[$0] != nil }) ?? true {
            switch link.end {
            case .version, .elsewhere: continue
            case .unknown(let place):
                if link.holder != nil { continue }
                throw ModelError(
                    .invalid,
                    "the link \(link.path) leads to \(place), which is no version of this folder: "
                        + "which one leans on it cannot be known"
                )
            case .nowhere(let error):
                throw ModelError(
                    .invalid,
                    "the link \(link.path) leads to nothing, so which version it stands for cannot "
                        + "be known: \(error.message)",
                    cause: error
                )
            }
        }
    }

    private static let ownPrefix = Array(".recover-".utf8)
}
