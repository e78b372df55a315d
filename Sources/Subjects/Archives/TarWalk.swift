internal import Archiving

/// Walks through the headers of a kept tar; the data of members are passed over, not read.
enum TarWalk {
    /// What is read at once where nobody knows whether it is a header.
    private static let pieceBytes: UInt64 = 64 << 10

    /// Walks through an archive and proves that it is complete.
    ///
    /// - Parameters:
    ///   - content: A tar as ``TarCapture`` kept it; of another, more must be read.
    ///   - visit: Told of each event, with the position behind it in bytes.
    /// - Throws: ``CaptureError`` with code `source` where it is no tar; what `visit` throws.
    static func run(
        _ content: any KeptContent,
        _ visit: (TarEvent, UInt64) throws(CaptureError) -> Void
    ) throws(CaptureError) {
        var cutter = TarCutter()
        for run in content.runs {
            switch run {
            case .inline(let bytes): try take(bytes, &cutter, visit)
            case .stored(let count):
                var left = count
                while left > 0 {
                    let position = cutter.takenBytes
                    if let expected = cutter.expectedData {
                        let skipped = min(left, expected.count)
                        cutter.skip(skipped)
                        left -= skipped
                        try take([], &cutter, visit)
                    } else {
                        let piece = min(left, pieceBytes)
                        try take(content.read(position..<(position + piece)), &cutter, visit)
                        left -= piece
                    }
                }
            }
        }
        try converting { () throws(ArchiveError) in try cutter.finish() }
    }

    private static func take(
        _ bytes: [UInt8],
        _ cutter: inout TarCutter,
        _ visit: (TarEvent, UInt64) throws(CaptureError) -> Void
    ) throws(CaptureError) {
        var index = 0
        while let event = try converting({ () throws(ArchiveError) in
            try cutter.next(in: bytes.span, at: &index)
        }) {
            try visit(event, cutter.takenBytes)
        }
    }

    private static func converting<Result>(
        _ body: () throws(ArchiveError) -> Result
    ) throws(CaptureError) -> Result {
        do throws(ArchiveError) {
            return try body()
        } catch {
            throw CaptureError(code: .source, message: error.description, cause: error)
        }
    }
}
