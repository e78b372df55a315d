internal import Deduplication
internal import Files
internal import Subjects

/// Reads from the live files of a stack what a repair looks for: always proven by its digest
/// afterwards, so that nothing here needs to hold still.
struct LiveFiles {
    let configuration: Configuration

    /// Bytes of a file of a component.
    ///
    /// - Parameters:
    ///   - component: Its name.
    ///   - path: From the component's root.
    ///   - position: The first byte.
    ///   - byteCount: How many.
    /// - Returns: Nil where there are no such bytes.
    func read(_ component: String, _ path: Path, _ position: UInt64, _ byteCount: Int) -> [UInt8]? {
        guard let configured = configuration.components.first(where: { $0.name == component }),
            let source = BackupPlan.source(configured, configuration),
            let root = try? source.resolve()
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: byteCount)
        do throws(FileError) {
            let folder = try Directory(root.folder).folder(path.parent)
            // Opening a pipe would wait for somebody who writes.
            guard try folder.status(path.lastComponent).kind == .file else { return nil }
            let file = try folder.open(path.lastComponent, .read)
            var outcome: Result<Int, FileError> = .success(0)
            unsafe bytes.withUnsafeMutableBytes { room in
                do throws(FileError) {
                    outcome = .success(try unsafe file.read(into: room, at: position))
                } catch {
                    outcome = .failure(error)
                }
            }
            return try outcome.get() == byteCount ? bytes : nil
        } catch {
            return nil
        }
    }
}
