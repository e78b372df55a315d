internal import Documents
internal import Retention

/// Retention policies as YAML: compiled in, in a file, or inside `recover.yaml`.
enum RetentionPolicyFile {
    /// The policies that `retention:` may name.
    static let compiled = [
        (name: "nightly", text: CompiledPolicies.nightly),
        (name: "releases", text: CompiledPolicies.releases),
        (name: "safety", text: CompiledPolicies.safety),
    ]

    static let schema = Record([
        .required("keep", .record(rule), "The rule for all snapshots together."),
        .standard("per_reason", .record(reasons), "{}", "Further rules by reason."),
        .standard("per_tag", .record(rule), "{}", "A further rule within every TAG."),
        .standard("safety", .record(safety), "{}", "The rule for safety snapshots."),
        .standard("keep_verified", .count(0...100_000), "3", "Verified snapshots that stay."),
        .standard("trash_days", .count(0...36_500), "7", "Days until removed content is deleted."),
        .optional("zone", .text(.zone), otherwise: "the host's", "The calendar that counts."),
    ])

    private static let reasons = Record(
        BackupReason.allCases.map { reason in
            .optional(reason.rawValue, .record(rule), otherwise: "none", "A further rule.")
        }
    )

    private static let rule = rule(last: "0", within: "0d")
    private static let safety = rule(last: "3", within: "14d")

    private static func rule(last: String, within: String) -> Record {
        let counts = ["hourly", "daily", "weekly", "monthly", "yearly"].map { key in
            Key.standard(key, .count(0...100_000), "0", "The newest of each, this many times.")
        }
        return Record(
            [.standard("last", .count(0...100_000), last, "The most recent ones.")] + counts + [
                .standard(
                    "within",
                    .duration(minimumSeconds: 0),
                    within,
                    "Everything younger than this."
                )
            ]
        )
    }

    /// Whether the value of `retention:` is the path of a file and not the name of a policy.
    static func isPath(_ text: String) -> Bool {
        text.utf8.contains(UInt8(ascii: "/")) || text.hasSuffix(".yaml") || text.hasSuffix(".yml")
    }

    /// Reads the policy that a file holds.
    ///
    /// - Throws: ``ConfigurationError`` with every problem of the file.
    static func parse(bytes: [UInt8], fileName: String) throws(ConfigurationError)
        -> RetentionPolicy
    {
        let root: YAMLNode
        do throws(DocumentError) {
            root = try YAMLNode(parsing: bytes, name: fileName)
        } catch {
            throw ConfigurationError(error, fileName: fileName)
        }
        var decoder = SettingDecoder(fileName: fileName, folder: "/", overrides: [])
        let setting = decoder.decode(root, as: schema)
        if let setting { decoder.checkPolicy(setting, under: "") }
        guard decoder.problems.isEmpty, let setting else {
            throw ConfigurationError(problems: decoder.problems)
        }
        return checkedPolicy(setting)
    }

    /// The policy compiled in under `name`, or nil.
    static func compiled(_ name: String) -> RetentionPolicy? {
        guard let text = compiled.first(where: { $0.name == name })?.text else { return nil }
        do throws(ConfigurationError) {
            return try parse(bytes: Array(text.utf8), fileName: "\(name).yaml")
        } catch {
            preconditionFailure(error.description)
        }
    }

    /// The policy of settings that have been checked.
    static func checkedPolicy(_ setting: Setting) -> RetentionPolicy {
        do throws(RetentionError) {
            return try policy(setting)
        } catch {
            preconditionFailure(error.description)
        }
    }

    static func policy(_ setting: Setting) throws(RetentionError) -> RetentionPolicy {
        let reasons = setting["per_reason"]
        var perReason: [String: RetentionRule] = [:]
        for field in reasons.entries {
            perReason[field.name] = reasons.find(field.name).map(retentionRule)
        }
        return try RetentionPolicy(
            keep: retentionRule(setting["keep"]),
            perReason: perReason,
            perTag: retentionRule(setting["per_tag"]),
            safety: retentionRule(setting["safety"]),
            keepVerified: setting["keep_verified"].count,
            trashDays: setting["trash_days"].count,
            zoneName: setting.find("zone")?.string
        )
    }

    private static func retentionRule(_ setting: Setting) -> RetentionRule {
        var rule = RetentionRule()
        rule.last = setting["last"].count
        rule.hourly = setting["hourly"].count
        rule.daily = setting["daily"].count
        rule.weekly = setting["weekly"].count
        rule.monthly = setting["monthly"].count
        rule.yearly = setting["yearly"].count
        rule.within = setting["within"].duration
        return rule
    }
}
