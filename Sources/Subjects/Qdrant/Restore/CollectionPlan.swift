/// How one collection comes back: decided before anything is touched, and printed.
public struct CollectionPlan: Codable, Sendable {
    /// What becomes of what is there now.
    public enum Way: String, Codable, Sendable {
        /// Its name is free: it is made under it.
        case create
        /// It is made under another, free name; all else stays.
        case aside
        /// It is made under a new name, then its aliases are moved there.
        case move
        /// It is made and proven under a new name, then put over the live one.
        case replace
    }

    /// Its name in the snapshot.
    public let collection: String
    /// What becomes of what is there now.
    public let way: Way
    /// Where it is made.
    public let staged: String
    /// Where it is to be found in the end.
    public let place: String
    /// The aliases that lead there in the end.
    public let aliases: [String]
    /// The collections that those lead to now, or that is replaced.
    public let previous: [String]
    /// What a person should know.
    public let notes: [String]
    /// The length of its archives together.
    public let sizeBytes: UInt64
    /// Whether what is to be replaced cannot be read, so that there is nothing to go back to.
    public var isUnreadable = false

    /// Where a snapshot of the live collection has it, from the root of the component.
    public var folder: String { "collections/" + QdrantClient.escaped(place) }

    /// One line for people.
    public var text: String {
        let names = aliases.joined(separator: ", ")
        switch way {
        case .create:
            return "make collection \(place)" + (names.isEmpty ? "" : ", then lead \(names) to it")
        case .aside: return "make collection \(collection) as \(place), and leave all else alone"
        case .move:
            return "make collection \(collection) as \(place), then move \(names) to it; "
                + "\(previous.joined(separator: ", ")) stays"
        case .replace:
            let how = isUnreadable ? ", which cannot be read now and is lost by that" : ""
            return "replace collection \(place)\(how), once it is proven as \(staged)"
        }
    }
}

extension CollectionPlan {
    private static let mark = "--recover-"

    /// The name under which a collection is made beside the live one.
    ///
    /// - Parameters:
    ///   - name: The collection's; what an earlier restore added is left off.
    ///   - operation: The restore.
    /// - Returns: A name that nobody else uses.
    static func stagedName(_ name: String, _ operation: String) -> String {
        let base = name.firstRange(of: mark).map { String(name[..<$0.lowerBound]) } ?? name
        return base + mark + operation
    }

    /// Whether a name is one that a restore gave.
    ///
    /// - Parameters:
    ///   - name: A collection's.
    ///   - operation: The restore.
    /// - Returns: False for every other.
    public static func isStaged(_ name: String, by operation: String) -> Bool {
        name.hasSuffix(mark + operation)
    }
}
