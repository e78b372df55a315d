/// Whoever wants to know of every outcome: metrics, notifications.
///
/// Called once for each recorded operation, after the journal has it and before the result is
/// printed.
public protocol OutcomeListener {
    /// Takes an outcome; blocks until it is passed on.
    ///
    /// - Parameter outcome: As it stands in the journal.
    /// - Returns: What could not be done; said as warnings, never a failure of the operation.
    func take(_ outcome: Outcome) -> [Outcome.Problem]
}
