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
    /// What it is called unless another one is.
    let baseName: String
    /// Patterns below the path that it leaves out.
    var exclude: [String] = []
    var comments: [String] = []
    var sizeBytes: UInt64 = 0

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
    /// - Parameter base: What it should be called.
    /// - Returns: That, made valid, with a number where it is taken.
    mutating func unique(_ base: String) -> String {
        let start = Self.valid(base)
        var name = start
        var number = 2
        while !taken.insert(name).inserted {
            name = "\(start)-\(number)"
            number += 1
        }
        return name
    }

    /// A text as a name of small letters, digits, `.`, `_` and `-`.
    ///
    /// - Parameters:
    ///   - text: Any text.
    ///   - fallback: What stands for a text without a letter that a name may hold.
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
        return general.contains(name.lowercased()) && !above.isEmpty
            && !general.contains(above.lowercased()) ? above : name
    }
}
