public import Archiving

/// Decides what of an archive is kept while it flows by, and sees what it asks to see.
public protocol TarObserver: AnyObject {
    /// A member begins; nothing of it was kept yet, all before it was.
    ///
    /// - Parameter member: As its headers say.
    /// - Returns: What becomes of it.
    /// - Throws: ``CaptureError``, which ends the capture of the archive.
    func begins(_ member: TarMember) throws(CaptureError) -> TarChoice

    /// A member is complete.
    ///
    /// - Parameters:
    ///   - member: The same.
    ///   - content: Its stored bytes, where they were asked for.
    /// - Throws: ``CaptureError``, which ends the capture of the archive.
    func ended(_ member: TarMember, content: [UInt8]?) throws(CaptureError)
}

/// What becomes of a member.
public enum TarChoice: Sendable {
    /// It is kept.
    case keep
    /// It is kept, and its content shown.
    case keepAndShow
    /// Its content is shown; the archive is kept without it.
    case show
}
