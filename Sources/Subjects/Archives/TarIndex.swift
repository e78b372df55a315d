internal import Archiving

/// Where the members of a kept tar lie in it, found without reading their data.
struct TarIndex {
    /// A member of the outermost archive, or of an archive that is a member of it.
    struct Place {
        let member: TarMember
        /// All that is of it in the archive: headers, data and padding.
        let range: Range<UInt64>
        /// The archive that it stands in; nil for the outermost.
        let holder: TarMember?

        /// What of the range is headers.
        var headerBytes: UInt64 {
            UInt64(range.count) - (member.storedBytes + 511) / 512 * 512
        }
    }

    private(set) var places: [Place] = []

    /// Walks through the headers.
    ///
    /// - Parameter content: A tar as ``TarCapture`` kept it; of another, more must be read.
    /// - Throws: ``CaptureError`` with code `source` where it is no tar.
    init(_ content: any KeptContent) throws(CaptureError) {
        var holder: TarMember?
        // Where the member that is read next begins, in the outermost archive and in the one within.
        var outer: UInt64 = 0
        var inner: UInt64 = 0
        var found: [Place] = []
        try TarWalk.run(content) { (event, position) throws(CaptureError) in
            switch event {
            case .begin(let member) where member.depth == 0 && member.isArchive:
                holder = member
                inner = position
            case .end(let member) where member.depth == 0:
                found.append(Place(member: member, range: outer..<position, holder: nil))
                holder = nil
                outer = position
            case .end(let member) where member.depth == 1:
                found.append(Place(member: member, range: inner..<position, holder: holder))
                inner = position
            default: break
            }
        }
        places = found
    }
}
