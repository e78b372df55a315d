internal import Files
internal import Operations

/// A standing as the text file that node_exporter reads.
public struct MetricsText {
    private var samples: [Metric: [String]] = [:]

    /// Turns a standing into samples.
    ///
    /// - Parameters:
    ///   - standing: How the stack stands.
    ///   - version: Of this program.
    public init(_ standing: StackStanding, version: String) {
        let stack = ("stack", standing.stack)
        add(.buildInfo, [("version", version)], 1)
        addRuns(standing, stack)
        for expected in standing.expectations {
            let labels = [stack, ("operation", expected.operation)]
            add(.expectedInterval, labels, Double(expected.intervalSeconds))
        }
        for proof in standing.proofs {
            let labels = [stack, ("level", proof.kind.rawValue)]
            add(.proofLastSuccess, labels, proof.last)
            guard proof.isScheduled else { continue }
            add(.proofLimit, labels, Double(proof.limitSeconds))
        }
        addComponents(standing, stack)
        addRepository(standing, stack)
        add(.unfinished, [stack], standing.unfinished.isEmpty ? 0 : 1)
        let held = standing.lockHeldSince.map { Double(standing.ageSeconds($0)) }
        add(.lockHeld, [stack], held ?? 0)
        // Of two checks of one name the worse one counts: a file with both would be refused.
        let failed = Set(standing.health.filter { $0.verdict == .fail }.map(\.label))
        for label in Set(standing.health.map(\.label)).sorted() {
            add(.healthCheck, [stack, ("check", label)], failed.contains(label) ? 0 : 1)
        }
        for (number, model) in standing.models.enumerated()
        where !standing.models[..<number].contains(model) {
            add(.modelInfo, [stack, ("version", model.version), ("alias", model.alias)], 1)
        }
        if let tag = standing.tag { add(.releaseInfo, [stack, ("tag", tag)], 1) }
    }

    private mutating func addRuns(_ standing: StackStanding, _ stack: (String, String)) {
        for operation in standing.operations {
            let labels = [stack, ("operation", operation.operation)]
            add(.lastSuccess, labels, operation.lastSuccess)
            let endings = Ending.allCases.filter { $0 != .skipped }
            for ending in endings {
                let outcome = labels + [("outcome", ending.rawValue)]
                add(.operations, outcome, Double(operation.counts[ending] ?? 0))
                guard let last = operation.last else { continue }
                add(.lastOutcome, outcome, last.ending == ending ? 1 : 0)
            }
            guard let last = operation.last else { continue }
            add(.lastAttempt, labels, Moment(rfc3339: last.finishedAt))
            add(.lastDuration, labels, last.durationSeconds)
        }
        let restored = ["restore", "rollback"].compactMap { standing.operation($0)?.last }
            .filter { $0.facts.downtimeSeconds != nil }
            .max { $0.finishedAt < $1.finishedAt }
        if let seconds = restored?.facts.downtimeSeconds {
            add(.restoreDowntime, [stack], seconds)
        }
        if let seconds = standing.operation("drill")?.last?.facts.figures["rto_seconds"] {
            add(.drillTime, [stack], seconds)
        }
    }

    private mutating func addComponents(_ standing: StackStanding, _ stack: (String, String)) {
        for component in standing.components {
            let labels = [stack, ("component", component.name)]
            add(.componentLastSuccess, labels, component.lastSuccess)
            guard component.lastSuccess != nil else { continue }
            add(.componentSize, labels, Double(component.sizeBytes))
            add(.componentItems, labels, Double(component.items))
        }
    }

    private mutating func addRepository(_ standing: StackStanding, _ stack: (String, String)) {
        if let bytes = standing.repositoryBytes { add(.repositorySize, [stack], Double(bytes)) }
        if let bytes = standing.freeBytes { add(.repositoryFree, [stack], Double(bytes)) }
        guard let snapshots = standing.snapshots else { return }
        let states = [
            ("verified", snapshots.verifiedCount),
            ("unverified", max(0, snapshots.count - snapshots.verifiedCount)),
            ("incomplete", snapshots.incompleteCount),
            ("pinned", snapshots.pinnedCount),
        ]
        for (state, count) in states {
            add(.snapshots, [stack, ("state", state)], Double(count))
        }
        add(.snapshotAdded, [stack], Double(snapshots.addedBytes))
        add(.newestVerified, [stack], snapshots.newestVerified)
        add(.oldestSnapshot, [stack], snapshots.oldest)
        let level = snapshots.verifiedLevel ?? "none"
        add(.verifyErrors, [stack, ("level", level)], Double(snapshots.damaged.count))
        add(.verifyCovered, [stack], snapshots.coveredRatio)
    }

    private mutating func add(_ metric: Metric, _ labels: [(String, String)], _ moment: Moment?) {
        guard let moment else { return }
        add(metric, labels, Double(moment.secondsSince1970))
    }

    private mutating func add(_ metric: Metric, _ labels: [(String, String)], _ value: Double) {
        let inner = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        let number = Int64(exactly: value).map { String($0) } ?? String(value)
        samples[metric, default: []].append("\(metric.rawValue){\(inner)} \(number)\n")
    }

    private static func escaped(_ value: String) -> String {
        value.map { letter in
            switch letter {
            case "\\": "\\\\"
            case "\"": "\\\""
            case "\n": "\\n"
            default: String(letter)
            }
        }.joined()
    }

    /// The whole file: families in the order of the catalogue, each with its help and type.
    public var text: String {
        Metric.allCases.compactMap { metric in
            guard let lines = samples[metric] else { return nil }
            return "# HELP \(metric.rawValue) \(metric.help)\n"
                + "# TYPE \(metric.rawValue) \(metric.kind)\n" + lines.joined()
        }.joined()
    }
}
