internal import Calendars
internal import Files
internal import Monitoring
internal import Operations

/// A standing as the result of `recover status`.
struct StatusReport {
    struct Result: Encodable, Sendable {
        struct Component: Encodable, Sendable {
            var name: String
            var lastGoodAt: String?
            var ageSeconds: Int?
            var complete: Bool
            var sizeBytes: UInt64
            var items: UInt64
            var unit: String

            enum CodingKeys: String, CodingKey {
                case name, complete, items, unit
                case lastGoodAt = "last_good_at"
                case ageSeconds = "age_seconds"
                case sizeBytes = "size_bytes"
            }
        }

        struct Concern: Encodable, Sendable {
            var code: String
            var weight: String
            var component: String?
            var exitCode: Int32
            var message: String
            var next: String

            enum CodingKeys: String, CodingKey {
                case code, weight, component, message, next
                case exitCode = "exit_code"
            }
        }

        struct Operation: Encodable, Sendable {
            var operation: String
            var outcome: String?
            var exitCode: Int32?
            var lastAttemptAt: String?
            var lastSuccessAt: String?

            enum CodingKeys: String, CodingKey {
                case operation, outcome
                case exitCode = "exit_code"
                case lastAttemptAt = "last_attempt_at"
                case lastSuccessAt = "last_success_at"
            }
        }

        struct Run: Encodable, Sendable {
            var operation: String
            var nextAt: String?

            enum CodingKeys: String, CodingKey {
                case operation
                case nextAt = "next_at"
            }
        }

        var verdict: String
        var checkExitCode: Int32
        var concerns: [Concern]
        var components: [Component]
        var operations: [Operation]
        var schedule: [Run]
        var newestWholeAt: String?
        var newestVerifiedAt: String?
        var freshnessSeconds: Int
        var unfinished: [String]
        var damaged: [String]

        enum CodingKeys: String, CodingKey {
            case verdict, concerns, components, operations, schedule, unfinished, damaged
            case checkExitCode = "check_exit_code"
            case newestWholeAt = "newest_whole_at"
            case newestVerifiedAt = "newest_verified_at"
            case freshnessSeconds = "freshness_seconds"
        }
    }

    private let standing: StackStanding

    init(_ standing: StackStanding) {
        self.standing = standing
    }

    /// The word for monitors: what Nagios calls its states.
    var verdict: String {
        switch standing.weight {
        case nil: "OK"
        case .warning?: "WARNING"
        case .critical?: "CRITICAL"
        }
    }

    var result: Result {
        Result(
            verdict: verdict,
            checkExitCode: standing.exitCode,
            concerns: standing.concerns.map {
                .init(
                    code: $0.code,
                    weight: $0.weight == .critical ? "critical" : "warning",
                    component: $0.component,
                    exitCode: $0.exitCode,
                    message: $0.message,
                    next: $0.next
                )
            },
            components: standing.components.map {
                .init(
                    name: $0.name,
                    lastGoodAt: $0.lastSuccess?.rfc3339,
                    ageSeconds: $0.lastSuccess.map(standing.ageSeconds),
                    complete: $0.isComplete,
                    sizeBytes: $0.sizeBytes,
                    items: $0.items,
                    unit: $0.unit
                )
            },
            operations: standing.operations.map {
                .init(
                    operation: $0.operation,
                    outcome: $0.last?.ending.rawValue,
                    exitCode: $0.last?.exitCode,
                    lastAttemptAt: $0.last?.finishedAt,
                    lastSuccessAt: $0.lastSuccess?.rfc3339
                )
            },
            schedule: standing.expectations.map {
                .init(operation: $0.operation, nextAt: $0.next?.rfc3339)
            },
            newestWholeAt: standing.snapshots?.newestWhole?.rfc3339,
            newestVerifiedAt: standing.snapshots?.newestVerified?.rfc3339,
            freshnessSeconds: standing.freshnessSeconds,
            unfinished: standing.unfinished,
            damaged: standing.snapshots?.damaged ?? []
        )
    }

    /// The line that says it all.
    var headline: String {
        let age = standing.snapshots?.newestWhole.map {
            "newest whole snapshot \(AgeText.text(standing.ageSeconds($0))) ago"
        }
        let allowed = "(allowed \(AgeText.text(standing.freshnessSeconds)))"
        let worst = standing.concerns.first.map { ": \($0.message)" } ?? ""
        let text = "\(verdict) \(standing.stack)\(worst)"
        return age.map { "\(text); \($0) \(allowed)" } ?? text
    }

    /// What Nagios and its like read: one line, numbers behind a bar.
    var nagiosLine: String {
        var numbers: [String] = []
        if let newest = standing.snapshots?.newestWhole {
            numbers.append("age=\(standing.ageSeconds(newest))s;;\(standing.freshnessSeconds);0")
        }
        if let snapshots = standing.snapshots { numbers.append("snapshots=\(snapshots.count)") }
        if let size = standing.repositoryBytes { numbers.append("size=\(size)B") }
        // A bar in a message would end it.
        let text = headline.map { $0 == "|" ? "/" : String($0) }.joined()
        return "RECOVER \(text)" + (numbers.isEmpty ? "" : " | " + numbers.joined(separator: " "))
    }

    var lines: [String] {
        var table = TextTable([
            ("COMPONENT", .left), ("LAST GOOD", .left), ("AGE", .right), ("SIZE", .right),
            ("ITEMS", .right), ("STATE", .left),
        ])
        for component in standing.components {
            let age = component.lastSuccess.map(standing.ageSeconds)
            table.add([
                component.name,
                component.lastSuccess.map { TimeText.short($0.rfc3339) } ?? "never",
                age.map(AgeText.text) ?? "-",
                ByteText.text(component.sizeBytes), "\(component.items) \(component.unit)",
                component.isComplete ? "whole" : "INCOMPLETE",
            ])
        }
        var lines = standing.components.isEmpty ? [] : table.lines
        let runs = standing.operations.compactMap { operation -> String? in
            guard let last = operation.last,
                ["backup", "verify", "prune", "drill", "audit"].contains(operation.operation)
            else { return nil }
            let end = TimeText.short(last.finishedAt)
            return "\(operation.operation) \(last.ending.rawValue) \(end)"
        }
        if !runs.isEmpty { lines.append("last runs: " + runs.joined(separator: ", ")) }
        let next = standing.expectations.compactMap { expected in
            expected.next.map { "\(expected.operation) \(TimeText.short($0.rfc3339))" }
        }
        if !next.isEmpty { lines.append("by the schedule: " + next.joined(separator: ", ")) }
        for concern in standing.concerns {
            let word = concern.weight == .critical ? "CRITICAL" : "WARNING"
            let place = concern.component.map { "\($0): " } ?? ""
            lines.append("\(word)  \(place)\(concern.message) [\(concern.code)]")
            lines.append("  Next: \(concern.next)")
        }
        lines.append(headline)
        return lines
    }
}
