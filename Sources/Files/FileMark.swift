/// By what a file is known to be the same, and unchanged.
///
/// What is written within one tick of the kernel's clock is not seen.
public struct FileMark: Equatable, Sendable {
    private let identity: FileIdentity
    private let sizeBytes: UInt64
    private let modifiedNanoseconds: Int64
    private let changedNanoseconds: Int64

    /// Notes what must stay as it is.
    ///
    /// - Parameter status: As the file was found.
    public init(_ status: FileStatus) {
        identity = FileIdentity(status)
        sizeBytes = status.sizeBytes
        modifiedNanoseconds = status.modifiedNanoseconds
        changedNanoseconds = status.changedNanoseconds
    }
}
