/// Gives the body of a request while it is sent.
public protocol BodySource: AnyObject {
    /// The length of all of it.
    var byteCount: UInt64 { get }

    /// Fills the start of a buffer.
    ///
    /// - Parameter room: Not empty.
    /// - Returns: How many bytes, 0 at the end; nil to give up.
    func read(into room: UnsafeMutableRawBufferPointer) -> Int?

    /// Begins again, where a connection was lost before the peer read anything.
    ///
    /// - Returns: False where that cannot be.
    func rewind() -> Bool
}
