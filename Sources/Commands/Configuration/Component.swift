/// One protected thing of the stack.
struct Component: Sendable, Hashable {
    /// For which backups a snapshot without this component is a failure.
    enum Requirement: Sendable, Hashable {
        case never
        case always
        case reasons([BackupReason])

        func holds(for reason: BackupReason) -> Bool {
            switch self {
            case .never: false
            case .always: true
            case .reasons(let reasons): reasons.contains(reason)
            }
        }

        /// Whether nothing live may be replaced that was not saved whole before.
        ///
        /// Only where that is named: a database that is to be restored since it is broken can be
        /// saved by nobody.
        var guardsRecovery: Bool {
            if case .reasons(let reasons) = self { reasons.contains(.preRollback) } else { false }
        }
    }

    /// What a snapshot holds of the files.
    enum Storage: String, Sendable, CaseIterable {
        case content
        /// Names, sizes and hashes only.
        case manifest
    }

    /// How a collection archive leaves Qdrant.
    enum QdrantMethod: String, Sendable, CaseIterable {
        case auto
        case stream
        case create
    }

    enum Kind: Sendable, Hashable {
        case path(PathOptions)
        case qdrant(QdrantOptions)
        case versions(VersionsOptions)
        case volume(VolumeOptions)
        case postgres(service: String)
    }

    let name: String
    let required: Requirement
    let kind: Kind

    /// Whether only names, sizes and hashes are asked for.
    var keepsOnlyHashes: Bool {
        switch kind {
        case .path(let options): options.storage == .manifest
        case .versions(let options): options.storage == .manifest
        default: false
        }
    }

    init(_ setting: Setting, name: String) {
        self.name = name
        required = Requirement(setting["required"])
        switch setting.entries[0].name {
        case "path": kind = .path(PathOptions(setting))
        case "qdrant": kind = .qdrant(QdrantOptions(setting))
        case "versions": kind = .versions(VersionsOptions(setting))
        case "volume": kind = .volume(VolumeOptions(setting))
        default: kind = .postgres(service: setting["postgres"]["service"].string)
        }
    }
}

extension Component.Requirement {
    fileprivate init(_ setting: Setting) {
        if let reasons = setting.items {
            self = .reasons(reasons.map { $0.choice() })
        } else {
            self = setting.flag ? .always : .never
        }
    }
}
