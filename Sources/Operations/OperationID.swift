public import Files

/// The name of one run of a changing command, in the order of their beginnings.
public enum OperationID {
    /// Makes a name that no other run has.
    ///
    /// - Parameter moment: When the run began.
    /// - Returns: Letters, digits and a dash.
    public static func make(at moment: Moment = .now) -> String {
        let suffix = String(UInt32.random(in: 0 ... .max), radix: 36)
        return moment.compactUTC.lowercased() + "-" + suffix
    }
}
