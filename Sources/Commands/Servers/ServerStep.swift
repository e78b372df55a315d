internal import FoundationEssentials

/// A change of what is live on a server: enough to take it back in a later run.
enum ServerStep: Equatable, Sendable {
    /// This collection is put over the live one.
    case replace(String)
    /// These aliases move; by alias what they led to, nothing for one that was not there.
    case aliases([String: String?])

    /// The same for a journal.
    var detail: [String: String] {
        switch self {
        case .replace(let collection): return ["replace": collection]
        case .aliases(let leading):
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            guard let data = try? encoder.encode(leading) else {
                preconditionFailure("texts always encode")
            }
            return ["aliases": String(decoding: data, as: UTF8.self)]
        }
    }

    /// Reads what ``detail`` wrote; nil for anything else.
    init?(_ detail: [String: String]) {
        if let collection = detail["replace"] {
            self = .replace(collection)
        } else if let text = detail["aliases"],
            let leading = try? JSONDecoder().decode(
                [String: String?].self,
                from: Data(text.utf8)
            )
        {
            self = .aliases(leading)
        } else {
            return nil
        }
    }
}
