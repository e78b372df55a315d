internal import Cryptography
internal import Storage

extension Repository {
    /// Keeps the outcome of a check: a receipt for each snapshot that passed, a fact for each
    /// pack and snapshot that is damaged.
    ///
    /// What is known to be damaged already is not stated again.
    ///
    /// - Parameters:
    ///   - report: What the check found.
    ///   - operation: Who says so.
    /// - Throws: ``RepositoryError``, as where the repository may not be written to.
    public func record(_ report: CheckReport, operation: String) throws(RepositoryError) {
        try noteProven(report.passed, report.level, operation)
        try noteWhole(report.wholePacks, level: report.level, operation: operation)
        var known = Set(try facts(.damage).map(\.subject))
        func stateDamage(of subject: String, _ why: String) throws(RepositoryError) {
            guard known.insert(subject).inserted else { return }
            try state(.damage, Fact(subject: subject, detail: why, operation: operation))
        }
        for damage in report.damage {
            let why = damage.reasons.first ?? ""
            if let pack = PackFormat.pack(damage.name) { try stateDamage(of: pack.id.hex, why) }
            for touched in damage.touches {
                guard SnapshotID(touched.snapshot) != nil else { continue }
                try stateDamage(of: touched.snapshot, "\(damage.name): \(why)")
            }
        }
    }

    /// A receipt for each snapshot; those of before that say no more than it go, or every night
    /// would leave as many files as there are snapshots.
    private func noteProven(
        _ snapshots: [SnapshotID],
        _ level: CheckLevel,
        _ operation: String
    ) throws(RepositoryError) {
        if snapshots.isEmpty { return }
        let old = try storedFacts(.receipt)
        var written: Set<String> = []
        for snapshot in snapshots {
            let fact = Fact(subject: snapshot.text, detail: level.rawValue, operation: operation)
            written.insert(try put(.receipt, fact))
        }
        try storing { () throws(StorageError) in try store.sync() }
        let subjects = Set(snapshots.map(\.text))
        let included = CheckLevel.allCases.prefix { $0 != level }.map(\.rawValue) + [level.rawValue]
        let idle = old.filter {
            subjects.contains($0.fact.subject) && included.contains($0.fact.detail)
                && !written.contains($0.name)
        }
        if idle.isEmpty { return }
        try storing { () throws(StorageError) in
            for receipt in idle { try store.delete(receipt.name) }
            try store.sync()
        }
    }
}
