/// Takes the body of a response while it flows, at the speed at which it takes it.
public protocol BodyReceiver: AnyObject {
    /// Looks at status and headers.
    ///
    /// - Parameter head: The response, still without body.
    /// - Returns: Whether to hand over the body; else it is collected, as an error's text is.
    func accepts(_ head: Response) -> Bool

    /// Takes the next bytes.
    ///
    /// - Parameter bytes: Valid for the time of the call.
    /// - Returns: False to end the exchange.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool
}
