internal import Deduplication
internal import Subjects

/// What is said of it.
extension ServerReturn {
    /// One collection, for `--json`.
    struct Part: Encodable, Sendable {
        var collection: String
        var way: String
        var place: String
        var aliases: [String]
        var previous: [String]
        var points: UInt64?
    }

    /// What will happen, for people.
    var lines: [String] { plans.map { "\($0.text) at \(source.address.url)" } }

    /// The server's address.
    var place: String { source.address.url }

    /// What was done, for people.
    var doneLines: [String] {
        plans.map { plan in
            let count = "\(points[plan.collection] ?? 0) points"
            let names = plan.aliases.joined(separator: ", ")
            switch plan.way {
            case .create: return "\(plan.place) is back with \(count)"
            case .aside: return "\(plan.collection) is back as \(plan.place) with \(count)"
            case .replace: return "\(plan.place) is back in its place with \(count)"
            case .move:
                return "\(plan.collection) is back as \(plan.place) with \(count), and \(names) "
                    + "leads there; \(plan.previous.joined(separator: ", ")) is still there: "
                    + "delete it once you are sure"
            }
        }
    }

    /// How to have back what was replaced.
    var undoLine: String? {
        let names = plans.filter { $0.way == .replace }.map { "--collection \($0.place)" }
        return safety.map { safety in
            "undo: recover restore --snapshot \(safety.id) --data-only \(name) "
                + names.joined(separator: " ")
        }
    }

    /// The same for programs; without points before it is done.
    var parts: [Part] {
        plans.map { plan in
            Part(
                collection: plan.collection,
                way: plan.way.rawValue,
                place: plan.place,
                aliases: plan.aliases,
                previous: plan.previous,
                points: points[plan.collection]
            )
        }
    }
}
