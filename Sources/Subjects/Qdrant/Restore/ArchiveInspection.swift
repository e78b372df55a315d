internal import Archiving

/// Looks at the headers of a shard's archive, to tell whether a server may have it.
enum ArchiveInspection {
    /// Looks at an archive.
    ///
    /// - Parameter content: The archive.
    /// - Returns: What it holds, proven complete.
    /// - Throws: ``CaptureError`` with code `source` where something is missing.
    static func look(at content: any KeptContent) throws(CaptureError) -> ShardShape {
        let shape = ShardShape()
        var cutter = TarCutter()
        for run in content.runs {
            switch run {
            case .inline(let bytes): try take(bytes, &cutter, shape)
            case .stored(let count):
                var left = count
                while left > 0 {
                    let position = cutter.takenBytes
                    if let expected = cutter.expectedData {
                        let skipped = min(left, expected.count)
                        cutter.skip(skipped)
                        left -= skipped
                        try take([], &cutter, shape)
                    } else {
                        let piece = min(left, 64 << 10)
                        let bytes = try content.read(position..<(position + piece))
                        try take(bytes, &cutter, shape)
                        left -= piece
                    }
                }
            }
        }
        do throws(ArchiveError) {
            try cutter.finish()
        } catch {
            throw CaptureError(code: .source, message: error.description, cause: error)
        }
        try shape.prove()
        return shape
    }

    private static func take(
        _ bytes: [UInt8],
        _ cutter: inout TarCutter,
        _ shape: ShardShape
    ) throws(CaptureError) {
        var index = 0
        while let event = try next(&cutter, bytes, &index) {
            switch event {
            case .begin(let member):
                if case .show = try shape.begins(member) {
                    throw CaptureError(
                        code: .source,
                        message: "\(member.name): it is an increment, and no whole shard"
                    )
                }
            case .end(let member): try shape.ended(member, content: nil)
            default: break
            }
        }
    }

    private static func next(
        _ cutter: inout TarCutter,
        _ bytes: [UInt8],
        _ index: inout Int
    ) throws(CaptureError) -> TarEvent? {
        do throws(ArchiveError) {
            return try cutter.next(in: bytes.span, at: &index)
        } catch {
            throw CaptureError(code: .source, message: error.description, cause: error)
        }
    }
}
