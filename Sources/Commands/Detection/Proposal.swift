internal import Files

/// A component that detection proposes.
struct Proposal {
    /// What it is, in the order of the file.
    enum Role: Int {
        case memory
        case database
        case security
        case models
        case configuration
        case files
    }

    let role: Role
    let path: Path
    let isFile: Bool
    /// Patterns below the path that it leaves out.
    var exclude: [String] = []
    var comments: [String] = []
    var sizeBytes: UInt64 = 0

    /// What it may be called, the best first.
    var names: [String] {
        let own = ComponentNames.base(of: path, isFile: isFile)
        switch role {
        case .memory: return ["memory", own]
        case .security: return ["rbac", own]
        case .models: return ["models", own]
        case .database, .configuration, .files: return [own]
        }
    }

    /// Whether plain copies of it are made as well.
    var isArchived: Bool { role == .memory || role == .security }

    /// Whether a path lies in it and is not left out.
    func covers(_ other: Path) -> Bool {
        guard let rest = path.relative(other) else { return false }
        return !exclude.contains { Glob($0).matches(rest) }
    }
}

/// Names for components: valid ones, each once.
struct ComponentNames {
    private var taken: Set<String> = []
    private static let general: Set<String> = [
        "projects", "project", "data", "_data", "db", "dbs", "database", "databases", "sqlite",
        "storage", "store", "files", "volume", "volumes", "mnt", "srv", "opt",
    ]

    /// A name for a component.
    ///
    /// - Parameter wishes: What it should be called, the best first; never empty.
    /// - Returns: The first that is free, made valid; else the last with a number.
    mutating func unique(_ wishes: [String]) -> String {
        let names = wishes.map { Self.valid($0) }
        if let free = names.first(where: { !taken.contains($0) }) {
            taken.insert(free)
            return free
        }
        var number = 2
        while !taken.insert("\(names[names.count - 1])-\(number)").inserted { number += 1 }
        return "\(names[names.count - 1])-\(number)"
    }

    /// A text as a name of small letters, digits, `.`, `_` and `-`.
    ///
    /// - Parameters:
    ///   - text: Any text.
    ///   - fallback: What stands for a text without a letter that a name may hold.
    /// - Returns: The name.
    static func valid(_ text: String, fallback: String = "data") -> String {
        let letters = text.lowercased().map { letter -> Character in
            letter.isASCII && (letter.isLetter || letter.isNumber || "._-".contains(letter))
                ? letter : "-"
        }
        let name = String(letters.drop { !$0.isLetter && !$0.isNumber }.prefix(48))
        return name.isEmpty ? fallback : name
    }

    /// What a path is called: its last name, or the one above where that says nothing.
    static func base(of path: Path, isFile: Bool) -> String {
        let name = path.lastComponent.description
        if isFile {
            let stem = String(name.prefix { $0 != "." })
            return stem.isEmpty ? String(name.drop { $0 == "." }) : stem
        }
        let above = path.parent.lastComponent.description
        let saysNothing = isGeneral(name) && name != "data"
        return saysNothing && !above.isEmpty && !isGeneral(above) ? above : name
    }

    private static func isGeneral(_ name: String) -> Bool {
        let name = name.lowercased()
        return general.contains(name) || name.hasSuffix("-data") || name.hasSuffix("_data")
    }
}
