internal import Glibc

/// What libarchive takes the names in memory for, whatever locale the program runs in.
///
/// libarchive asks the locale of the calling thread. Writing under UTF-8 keeps names as they are.
/// Reading a tar under UTF-8 would compose decomposed letters (NFC) and so change names; under
/// the C locale it gives up the translation and hands out the raw bytes, with a warning.
enum CharacterSet {
    case bytes
    case utf8

    // Made once, never freed.
    private nonisolated(unsafe) static let bytesLocale = unsafe newlocale(LC_CTYPE_MASK, "C", nil)
    private nonisolated(unsafe) static let utf8Locale = unsafe newlocale(
        LC_CTYPE_MASK,
        "C.UTF-8",
        nil
    )

    /// Runs a piece of work on this thread under the character set.
    func during<Result>(_ work: () throws(ArchiveError) -> Result) throws(ArchiveError) -> Result {
        let wanted = unsafe self == .utf8 ? Self.utf8Locale : Self.bytesLocale
        guard let wanted = unsafe wanted else {
            throw ArchiveError(.setup, "the system has no locale C.UTF-8")
        }
        let previous = unsafe uselocale(wanted)
        defer { _ = unsafe uselocale(previous) }
        return try work()
    }
}
