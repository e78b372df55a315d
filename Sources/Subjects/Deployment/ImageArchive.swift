internal import Archiving
public import Files
internal import Manifests

/// The images of a deployment as one archive of the engine, made only where it is needed.
///
/// Its name tells which images are in it: where the snapshot before has an archive of that name,
/// that one is taken over and the engine is not asked. Otherwise it is cut by member, so that an
/// image that was built anew costs the layers that changed.
public struct ImageArchive: Sendable {
    /// Its path in the component.
    let path: Path
    private let make: @Sendable () throws(CaptureError) -> Path

    /// Describes an archive without making it.
    ///
    /// - Parameters:
    ///   - name: The same for the same images.
    ///   - make: Writes the archive into a private file and gives its path.
    public init(name: String, make: @escaping @Sendable () throws(CaptureError) -> Path) {
        path = Path("images").appending(name)
        self.make = make
    }

    /// Adds the archive to a component.
    ///
    /// - Parameters:
    ///   - owner: Whose it is to be.
    ///   - sink: Where it goes.
    /// - Throws: ``CaptureError``; `source` where the engine did not make it.
    func capture(owner: FileStatus, into sink: any CaptureSink) throws(CaptureError) {
        if try sink.parentEntry(at: path) != nil, try sink.reuseParentEntry() { return }
        let place = try make()
        defer { try? Directory(place.parent).remove(place.lastComponent) }
        var entry = FileEntry(path: path, kind: .file)
        entry.mode = 0o600
        entry.userID = owner.userID
        entry.groupID = owner.groupID
        entry.modifiedNanoseconds = Moment.now.nanoseconds
        try sink.add(entry) { (content) throws(CaptureError) in
            try Self.cut(place, into: content)
        }
    }

    private static func cut(
        _ place: Path,
        into content: any ContentSink
    ) throws(CaptureError) {
        let file: OpenFile
        do throws(FileError) {
            file = try OpenFile(place, .read)
        } catch {
            throw CaptureError(code: .source, message: error.message, cause: error)
        }
        var capture = TarCapture(into: content, Everything())
        let buffer = AlignedBuffer(byteCount: 1 << 20)
        var position: UInt64 = 0
        while true {
            let count: Int
            do throws(FileError) {
                count = try unsafe file.read(into: buffer.room(0..<(1 << 20)), at: position)
            } catch {
                throw CaptureError(code: .source, message: error.message, cause: error)
            }
            if count == 0 { break }
            try unsafe capture.push(buffer.slice(0..<count))
            position += UInt64(count)
        }
        try capture.finish()
    }

    private final class Everything: TarObserver {
        func begins(_ member: TarMember) throws(CaptureError) -> TarChoice { .keep }
        func ended(_ member: TarMember, content: [UInt8]?) throws(CaptureError) {}
    }
}
