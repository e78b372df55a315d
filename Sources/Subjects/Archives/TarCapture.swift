internal import Archiving

/// Keeps a tar that flows by so that it comes back byte for byte, and so that the next one is
/// found to be mostly the same.
///
/// Headers, padding and members of at most 1 KiB are kept beside the metadata. The data of each
/// other member are cut apart from it and from one another, in blocks of 64 KiB aligned to the
/// file that the member makes: a file that is written in place changes few of them, wherever it
/// stands in the archive and whatever stands before it.
public struct TarCapture {
    private static let inlineBytes: UInt64 = 1 << 10
    private static let blockBytes: UInt64 = 64 << 10
    /// Of a member whose content is shown.
    private static let shownBytes: UInt64 = 16 << 20

    private struct Open {
        let member: TarMember
        let isKept: Bool
        var content: [UInt8]?
    }

    private let sink: any ContentSink
    private let observer: any TarObserver
    private var cutter = TarCutter()
    /// Headers of a member that is not known yet.
    private var headers: [UInt8] = []
    /// The members that are open, each within the one before.
    private var members: [Open] = []

    /// Begins an archive.
    ///
    /// - Parameters:
    ///   - sink: Where the bytes go.
    ///   - observer: Decides what is kept.
    public init(into sink: any ContentSink, _ observer: any TarObserver) {
        self.sink = sink
        self.observer = observer
    }

    /// Takes the next bytes of the archive.
    ///
    /// - Parameter bytes: Any number of them.
    /// - Throws: ``CaptureError``; `source` where they are not those of a tar that we keep.
    public mutating func push(_ bytes: UnsafeRawBufferPointer) throws(CaptureError) {
        var index = 0
        while let event = try unsafe next(bytes, &index) {
            switch event {
            case .header(let range): unsafe headers.append(contentsOf: bytes[range])
            case .begin(let member): try begin(member)
            case .data(let range, let offset):
                let data = unsafe UnsafeRawBufferPointer(rebasing: bytes[range])
                try unsafe take(data, at: offset)
            case .padding(let range):
                try flushHeaders()
                guard members.last?.isKept ?? true else { continue }
                try unsafe sink.keepInline(UnsafeRawBufferPointer(rebasing: bytes[range]))
            case .end:
                try flushHeaders()
                try sink.endBlock()
                guard let open = members.popLast() else { continue }
                try observer.ended(open.member, content: open.content)
            }
        }
    }

    /// Proves that the archive is complete.
    ///
    /// - Throws: ``CaptureError`` with code `source`.
    public func finish() throws(CaptureError) {
        do throws(ArchiveError) {
            try cutter.finish()
        } catch {
            throw CaptureError(code: .source, message: error.description, cause: error)
        }
    }

    private mutating func next(
        _ bytes: UnsafeRawBufferPointer,
        _ index: inout Int
    ) throws(CaptureError) -> TarEvent? {
        do throws(ArchiveError) {
            return try cutter.next(in: unsafe Span(_unsafeBytes: bytes), at: &index)
        } catch {
            throw CaptureError(code: .source, message: error.description, cause: error)
        }
    }

    private mutating func begin(_ member: TarMember) throws(CaptureError) {
        let choice = try observer.begins(member)
        let isKept = choice != .show && members.last?.isKept ?? true
        if choice != .keep, member.storedBytes > Self.shownBytes {
            throw CaptureError(code: .source, message: "\(member.name) is far too long")
        }
        members.append(Open(member: member, isKept: isKept, content: choice == .keep ? nil : []))
        if isKept { try flushHeaders() } else { headers.removeAll() }
    }

    /// Keeps what was read of headers: a member's own, or what only looked like one's.
    private mutating func flushHeaders() throws(CaptureError) {
        if headers.isEmpty { return }
        defer { headers.removeAll(keepingCapacity: true) }
        guard members.last?.isKept ?? true else { return }
        try sink.keepInline(headers)
    }

    private mutating func take(
        _ data: UnsafeRawBufferPointer,
        at start: UInt64
    ) throws(CaptureError) {
        try flushHeaders()
        let last = members.count - 1
        if members[last].content != nil {
            unsafe members[last].content?.append(contentsOf: data)
        }
        guard members[last].isKept else { return }
        if members[last].member.storedBytes <= Self.inlineBytes {
            try unsafe sink.keepInline(data)
            return
        }
        var offset = start
        var rest = unsafe data[...]
        while unsafe !rest.isEmpty {
            let left = Self.blockBytes - offset % Self.blockBytes
            let piece = unsafe rest.prefix(Int(left))
            try unsafe sink.keep(UnsafeRawBufferPointer(rebasing: piece))
            if unsafe UInt64(piece.count) == left { try sink.endBlock() }
            offset += unsafe UInt64(piece.count)
            unsafe rest = rest.dropFirst(piece.count)
        }
    }
}
