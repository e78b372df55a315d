internal import Files
internal import Monitoring
internal import Operations
internal import Scheduling

extension Configuration {
    /// What is wanted to be proven, the cheapest first, and when each was.
    ///
    /// - Parameter runs: The history of the stack, the oldest first.
    /// - Returns: One of each kind.
    func proofs(_ runs: [Outcome]) -> [Proof] {
        Proof.Kind.allCases.map { kind in
            Proof(
                kind,
                spanSeconds: verification.spanSeconds(kind),
                slotSeconds: schedule.times[kind.verb]?.intervalSeconds,
                runs: runs
            )
        }
    }

    /// What was found whole since then needs no second look yet.
    func provenSince(_ now: Moment) -> Moment {
        let full = proofs([]).first { $0.kind == .full }
        return Moment(secondsSince1970: now.secondsSince1970 - Int64(full?.limitSeconds ?? 0))
    }
}

extension Configuration.Verification {
    /// How often a kind of proof is wanted; nil for each time that it can be had.
    func spanSeconds(_ kind: Proof.Kind) -> Int? {
        let cadence =
            switch kind {
            case .quick: quick
            case .full: full
            case .deep: deep
            case .drill: drill
            }
        guard case .every(let duration) = cadence else { return nil }
        return Int(duration.components.seconds)
    }
}
