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
        for snapshot in report.passed {
            try state(
                .receipt,
                Fact(subject: snapshot.text, detail: report.level.rawValue, operation: operation)
            )
        }
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
}
