/// What the next bytes of a tar are.
///
/// Ranges count from the start of the piece that was given. The ranges of all events, one after
/// another, are the archive, byte for byte.
public enum TarEvent: Equatable, Sendable {
    /// Bytes of headers, of long names and of sparse maps; a header may come in several runs.
    case header(Range<Int>)
    /// All of a member's headers were read; its data follow.
    case begin(TarMember)
    /// Bytes of the member's data, and where in the file they belong.
    case data(Range<Int>, at: UInt64)
    /// What fills up the last block of a member, and the blocks that end an archive.
    case padding(Range<Int>)
    /// The member is complete.
    case end(TarMember)
}
