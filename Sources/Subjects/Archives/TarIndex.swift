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
    private var holder: TarMember?

    /// Walks through the headers.
    ///
    /// - Parameter content: A tar as ``TarCapture`` kept it; of another, more must be read.
    /// - Throws: ``CaptureError`` with code `source` where it is no tar.
    init(_ content: any KeptContent) throws(CaptureError) {
        var cutter = TarCutter()
        var starts = Starts()
        for run in content.runs {
            switch run {
            case .inline(let bytes): try take(bytes, &cutter, &starts)
            case .stored(let count):
                var left = count
                while left > 0 {
                    let position = cutter.takenBytes
                    if let expected = cutter.expectedData {
                        let skipped = min(left, expected.count)
                        cutter.skip(skipped)
                        left -= skipped
                        try take([], &cutter, &starts)
                    } else {
                        let piece = min(left, 64 << 10)
                        try take(
                            content.read(position..<(position + piece)),
                            &cutter,
                            &starts
                        )
                        left -= piece
                    }
                }
            }
        }
        do throws(ArchiveError) {
            try cutter.finish()
        } catch {
            throw Self.error(error)
        }
    }

    private static func error(_ error: ArchiveError) -> CaptureError {
        CaptureError(code: .source, message: error.description, cause: error)
    }

    /// Where the member that is read next begins, in the outermost archive and in the one within.
    private struct Starts {
        var outer: UInt64 = 0
        var inner: UInt64 = 0
    }

    private mutating func take(
        _ bytes: [UInt8],
        _ cutter: inout TarCutter,
        _ starts: inout Starts
    ) throws(CaptureError) {
        do throws(ArchiveError) {
            var index = 0
            while let event = try cutter.next(in: bytes.span, at: &index) {
                let position = cutter.takenBytes
                switch event {
                case .begin(let member) where member.depth == 0 && member.isArchive:
                    holder = member
                    starts.inner = position
                case .end(let member) where member.depth == 0:
                    add(member, starts.outer..<position, nil)
                    holder = nil
                    starts.outer = position
                case .end(let member) where member.depth == 1:
                    add(member, starts.inner..<position, holder)
                    starts.inner = position
                default: break
                }
            }
        } catch {
            throw Self.error(error)
        }
    }

    private mutating func add(
        _ member: TarMember,
        _ range: Range<UInt64>,
        _ holder: TarMember?
    ) {
        places.append(Place(member: member, range: range, holder: holder))
    }
}
