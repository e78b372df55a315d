internal import Files
internal import Monitoring

/// What the verify job of a night does, so that no proof becomes older than the configuration says.
///
/// Every night lists and sizes are compared, and a share of the stored bytes, those first that were
/// verified longest ago: after the span of `full` all of them were. When `deep` is due, everything
/// is unpacked and proven instead.
struct NightVerification {
    /// How often stored bytes are to be compared.
    let full: Proof
    /// How often everything is to be unpacked.
    let deep: Proof

    /// The command of this night.
    ///
    /// - Parameters:
    ///   - now: The time that the job is due.
    ///   - packBytes: What all packs take.
    ///   - lateBytes: What those take that were verified before ``lateSince(_:)``, or never.
    /// - Returns: Its arguments.
    func arguments(at now: Moment, packBytes: UInt64, lateBytes: UInt64) -> [String] {
        if deep.isDue(at: now) { return ["verify", "--all", "--level", "deep"] }
        let nights = max(1, full.spanSeconds / full.slotSeconds)
        let share = packBytes / UInt64(nights) + 1
        // What was missed is caught up at once.
        let bytes = max(share, lateBytes)
        if bytes >= packBytes { return ["verify", "--all"] }
        return ["verify", "--budget", "\(bytes)B"]
    }

    /// What was verified before that would be too old the night after.
    func lateSince(_ now: Moment) -> Moment {
        let span = Int64(full.spanSeconds - full.slotSeconds)
        return Moment(secondsSince1970: now.secondsSince1970 - span)
    }
}
