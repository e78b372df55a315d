internal import Archiving

/// Where the members of a kept tar lie in it, found without reading their data.
struct TarIndex {
    /// A member of the outermost archive.
    struct Place {
        let member: TarMember
        /// All that is of it in the archive: headers, data and padding.
        let range: Range<UInt64>
    }

    private(set) var places: [Place] = []

    /// Walks through the headers.
    ///
    /// - Parameter content: A tar as ``TarCapture`` kept it; of another, more must be read.
    /// - Throws: ``CaptureError`` with code `source` where it is no tar.
    init(_ content: any KeptContent) throws(CaptureError) {
        var cutter = TarCutter()
        var start: UInt64 = 0
        for run in content.runs {
            switch run {
            case .inline(let bytes): try take(bytes, &cutter, &start)
            case .stored(let count):
                var left = count
                while left > 0 {
                    let position = cutter.takenBytes
                    if let expected = cutter.expectedData {
                        let skipped = min(left, expected.count)
                        cutter.skip(skipped)
                        left -= skipped
                        try take([], &cutter, &start)
                    } else {
                        let piece = min(left, 64 << 10)
                        try take(
                            content.read(position..<(position + piece)),
                            &cutter,
                            &start
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

    private mutating func take(
        _ bytes: [UInt8],
        _ cutter: inout TarCutter,
        _ start: inout UInt64
    ) throws(CaptureError) {
        do throws(ArchiveError) {
            var index = 0
            while let event = try cutter.next(in: bytes.span, at: &index) {
                guard case .end(let member) = event, member.depth == 0 else { continue }
                places.append(Place(member: member, range: start..<cutter.takenBytes))
                start = cutter.takenBytes
            }
        } catch {
            throw Self.error(error)
        }
    }
}
