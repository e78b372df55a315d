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
        try TarWalk.run(content) { (event, _) throws(CaptureError) in
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
        try shape.prove()
        return shape
    }
}
