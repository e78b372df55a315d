/// What a recovery does in its states; each call blocks, and may be repeated after a kill.
public protocol RecoveryWork {
    /// Why a state failed.
    associatedtype Failure: Error

    /// Does the work of a state.
    ///
    /// - Parameter state: Which.
    /// - Throws: A failure, after which ``undo()`` or ``restart()`` is called as the state wants.
    func run(_ state: RecoveryState) throws(Failure)

    /// Lets exactly those services go on that ran before, and removes what was staged.
    ///
    /// - Parameter state: How far it came; before the services stop only staging is removed.
    /// - Throws: A failure: then a person is needed.
    func drop(after state: RecoveryState) throws(Failure)

    /// Takes back data, TAG and services, and asks whether they are healthy again.
    ///
    /// - Throws: A failure: then a person is needed.
    func revert() throws(Failure)
}
