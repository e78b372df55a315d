internal import Files
internal import FoundationEssentials
internal import Retention

/// The policy that the last prune went by, kept in the state folder.
struct PolicyMemory {
    static let name = "retention-policy"

    private struct Rule: Codable {
        var counts: [Int]
        var withinSeconds: Int64

        init(_ rule: RetentionRule) {
            counts = [
                rule.last, rule.hourly, rule.daily, rule.weekly, rule.monthly, rule.yearly,
            ]
            withinSeconds = rule.within.components.seconds
        }

        var rule: RetentionRule? {
            guard counts.count == 6 else { return nil }
            var rule = RetentionRule()
            (rule.last, rule.hourly, rule.daily) = (counts[0], counts[1], counts[2])
            (rule.weekly, rule.monthly, rule.yearly) = (counts[3], counts[4], counts[5])
            rule.within = .seconds(withinSeconds)
            return rule
        }
    }

    private struct Record: Codable {
        var keep: Rule
        var perReason: [String: Rule]
        var perTag: Rule
        var safety: Rule
        var keepVerified: Int
        var trashDays: Int
        var zone: String?
    }

    private let state: StateFolder

    init(_ state: StateFolder) {
        self.state = state
    }

    /// The policy of the last time; nil where there was none, or where nobody can read it.
    var policy: RetentionPolicy? {
        guard let file = try? Directory(state.path).open(Path(Self.name), .read),
            let bytes = try? file.readAll(limitBytes: 1 << 20),
            let record = try? JSONDecoder().decode(Record.self, from: Data(bytes)),
            let keep = record.keep.rule, let perTag = record.perTag.rule,
            let safety = record.safety.rule
        else { return nil }
        return try? RetentionPolicy(
            keep: keep,
            perReason: record.perReason.compactMapValues(\.rule),
            perTag: perTag,
            safety: safety,
            keepVerified: record.keepVerified,
            trashDays: record.trashDays,
            zoneName: record.zone
        )
    }

    /// Remembers a policy.
    func keep(_ policy: RetentionPolicy) throws(CommandFailure) {
        let record = Record(
            keep: Rule(policy.keep),
            perReason: policy.perReason.mapValues { Rule($0) },
            perTag: Rule(policy.perTag),
            safety: Rule(policy.safety),
            keepVerified: policy.keepVerified,
            trashDays: policy.trashDays,
            zone: policy.zoneName
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        guard let bytes = try? encoder.encode(record) else {
            preconditionFailure("plain values always encode")
        }
        do throws(FileError) {
            let folder = try Directory(state.path)
            let draft = Path(Self.name + ".new")
            try? folder.remove(draft)
            let file = try folder.open(draft, .create)
            try file.append(Array(bytes))
            try file.sync()
            try folder.replace(with: draft, in: folder, Path(Self.name))
            try folder.sync()
        } catch {
            throw CommandFailure(error, doing: "remember the policy")
        }
    }
}
