/// Takes bytes while they flow, at the speed at which it takes them.
public protocol ByteConsumer: AnyObject {
    /// Takes the next bytes.
    ///
    /// - Parameter bytes: Valid for the time of the call.
    /// - Returns: False to take no more.
    func take(_ bytes: UnsafeRawBufferPointer) -> Bool
}
