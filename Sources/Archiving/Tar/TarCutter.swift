/// Says of each byte of a tar what it is, while the tar flows by.
///
/// Strict, since what it cuts is to be proven complete: members are regular files, sparse files
/// of GNU tar and folders, long names included; two blocks of zeros must end the archive, and
/// anything else is an error. libarchive hides the bytes of headers, without which no archive
/// can be made again as it was, and takes a tar that was cut between two members for complete.
///
/// A member whose name ends in `.tar` and whose content begins as one is cut into its members,
/// four levels deep. Such an archive may end without the blocks of zeros: its length is known.
///
/// Memory is bounded by a long name (64 KiB) and a sparse map (a million runs). No byte of data
/// is looked at.
public struct TarCutter: Sendable {
    static let depthLimit = 4
    static let nameLimit = 64 << 10
    static let segmentLimit = 1 << 20
    /// Zeros behind the end that a writer with large records may leave.
    static let trailLimit: UInt64 = 1 << 20

    private enum State: Sendable {
        case header
        case longName(left: Int)
        case longNamePadding(left: Int)
        case sparseMap
        case opened
        case data
        case padding(left: Int)
        case closed
        case secondZeros
        case trailing
    }

    /// An archive that is being read; one that is a member has an end.
    private struct Frame: Sendable {
        let start: UInt64
        let end: UInt64?
        let member: TarMember?
    }

    private var state = State.header
    private var position: UInt64 = 0
    private var frames = [Frame(start: 0, end: nil, member: nil)]
    private var block = [UInt8](repeating: 0, count: TarBlock.byteCount)
    private var blockFill = 0
    /// The long name that is being read, and what it names.
    private var record: (text: [UInt8], type: UInt8) = ([], 0)
    /// What was read for the member to come; the target of a link is read and not kept.
    private var heldName: [UInt8]?
    private var holdsTarget = false
    private var sparse: (path: [UInt8], sizeBytes: UInt64, storedBytes: UInt64)?
    private var runs: [Range<UInt64>] = []
    private var member = TarMember(
        path: [],
        kind: .folder,
        sizeBytes: 0,
        segments: [],
        depth: 0,
        isArchive: false
    )
    private var trailBytes: UInt64 = 0
    private var segment = 0
    private var segmentUsed: UInt64 = 0

    /// Begins an archive.
    public init() {}

    /// How many bytes of the archive were taken.
    public var takenBytes: UInt64 { position }

    /// What the next bytes are.
    ///
    /// - Parameters:
    ///   - bytes: A piece of the archive of any length.
    ///   - index: How much of the piece was taken; moved on.
    /// - Returns: Nil once all of the piece was taken.
    /// - Throws: ``ArchiveError``; the cutter is then of no more use.
    public mutating func next(
        in bytes: Span<UInt8>,
        at index: inout Int
    ) throws(ArchiveError) -> TarEvent? {
        while true {
            switch state {
            case .opened:
                open()
                return .begin(member)
            case .closed:
                state = .header
                return .end(member)
            case .header, .secondZeros, .trailing:
                if blockFill == 0, position == frames[frames.count - 1].end {
                    try leave()
                    continue
                }
            case .data, .padding, .longName, .longNamePadding, .sparseMap: break
            }
            guard index < bytes.count else { return nil }
            switch state {
            case .data:
                let run = member.segments[segment]
                let offset = run.lowerBound + segmentUsed
                let taken = take(run.upperBound - offset, of: bytes, &index)
                move(UInt64(taken.count))
                return .data(taken, at: offset)
            case .padding(let left):
                let taken = take(UInt64(left), of: bytes, &index)
                state = left == taken.count ? .closed : .padding(left: left - taken.count)
                return .padding(taken)
            case .trailing: return .padding(try takeZeros(of: bytes, &index))
            case .longName(let left):
                let taken = take(UInt64(left), of: bytes, &index)
                for place in taken { record.text.append(bytes[place]) }
                if left == taken.count {
                    try endLongName()
                } else {
                    state = .longName(left: left - taken.count)
                }
                return .header(taken)
            case .longNamePadding(let left):
                let taken = take(UInt64(left), of: bytes, &index)
                state = left == taken.count ? .header : .longNamePadding(left: left - taken.count)
                return .header(taken)
            default: return try takeBlock(of: bytes, &index)
            }
        }
    }

    /// The data that must come next: where in the member's file, and how many; nil elsewhere.
    public var expectedData: (offset: UInt64, count: UInt64)? {
        guard case .data = state else { return nil }
        let run = member.segments[segment]
        let offset = run.lowerBound + segmentUsed
        return (offset, run.upperBound - offset)
    }

    /// Passes over data that need not be looked at again.
    ///
    /// - Parameter count: At most what ``expectedData`` says.
    public mutating func skip(_ count: UInt64) {
        guard let expected = expectedData, count <= expected.count else {
            preconditionFailure("only data can be passed over")
        }
        position += count
        move(count)
    }

    /// Proves that the archive ended where its bytes did.
    ///
    /// - Throws: ``ArchiveError`` with code `truncated`.
    public func finish() throws(ArchiveError) {
        guard case .trailing = state, frames.count == 1, position % 512 == 0 else {
            throw fail(.truncated, "the tar ends without its end mark")
        }
    }

    // MARK: - Bytes

    private mutating func take(
        _ limit: UInt64,
        of bytes: Span<UInt8>,
        _ index: inout Int
    ) -> Range<Int> {
        let count = Int(min(limit, UInt64(bytes.count - index)))
        let range = index..<(index + count)
        index += count
        position += UInt64(count)
        return range
    }

    private mutating func move(_ count: UInt64) {
        segmentUsed += count
        guard segmentUsed == UInt64(member.segments[segment].count) else { return }
        segment += 1
        segmentUsed = 0
        if segment == member.segments.count { endData() }
    }

    private mutating func endData() {
        let past = Int(member.storedBytes % 512)
        state = past == 0 ? .closed : .padding(left: 512 - past)
    }

    private mutating func takeZeros(
        of bytes: Span<UInt8>,
        _ index: inout Int
    ) throws(ArchiveError) -> Range<Int> {
        let end = frames[frames.count - 1].end
        let range = take(end.map { $0 - position } ?? .max, of: bytes, &index)
        for place in range where bytes[place] != 0 {
            throw fail(.damaged, "the tar has data behind its end mark")
        }
        trailBytes += UInt64(range.count)
        guard trailBytes <= Self.trailLimit else {
            throw fail(.limitExceeded, "the tar goes on behind its end mark")
        }
        return range
    }

    private mutating func takeBlock(
        of bytes: Span<UInt8>,
        _ index: inout Int
    ) throws(ArchiveError) -> TarEvent {
        let range = take(UInt64(TarBlock.byteCount - blockFill), of: bytes, &index)
        for place in range {
            block[blockFill] = bytes[place]
            blockFill += 1
        }
        var isEnd = false
        if blockFill == TarBlock.byteCount {
            blockFill = 0
            switch state {
            case .sparseMap: try addSparseMap()
            case .secondZeros: try takeSecondZeros()
            default: try takeHeader()
            }
            if case .secondZeros = state { isEnd = true }
            if case .trailing = state { isEnd = true }
        }
        return isEnd ? .padding(range) : .header(range)
    }

    // MARK: - Headers

    private mutating func takeHeader() throws(ArchiveError) {
        if TarBlock.isZero(block) {
            try checkNothingHeld()
            state = .secondZeros
            return
        }
        guard let header = TarBlock(block) else {
            let frame = frames[frames.count - 1]
            if let archive = frame.member, position == frame.start + 512 {
                // Named like a tar, and none: its data go on behind what was read of them.
                frames.removeLast()
                member = archive
                state = .data
                move(512)
                return
            }
            throw fail(.damaged, "no header of a tar", at: position - 512)
        }
        guard let storedBytes = header.storedBytes else {
            throw fail(.damaged, "a header without a length", at: position - 512)
        }
        switch header.type {
        case UInt8(ascii: "L"), UInt8(ascii: "K"): try beginLongName(header, storedBytes)
        case UInt8(ascii: "0"), 0:
            try accept(path(header), .file, storedBytes, storedBytes > 0 ? [0..<storedBytes] : [])
        case UInt8(ascii: "5"):
            guard storedBytes == 0 else {
                throw fail(.damaged, "a folder with data", at: position - 512)
            }
            try accept(path(header), .folder, 0, [])
        case UInt8(ascii: "S"):
            guard let sizeBytes = header.sparseBytes, let map = header.sparseMap else {
                throw fail(.damaged, "a sparse file without a map", at: position - 512)
            }
            sparse = (path(header), sizeBytes, storedBytes)
            try add(map)
        default:
            let type = printable([header.type])
            throw fail(.refused, "a member of type \"\(type)\"", at: position - 512)
        }
    }

    private mutating func path(_ header: TarBlock) -> [UInt8] {
        defer {
            heldName = nil
            holdsTarget = false
        }
        return heldName ?? header.path
    }

    private mutating func beginLongName(
        _ header: TarBlock,
        _ byteCount: UInt64
    ) throws(ArchiveError) {
        let isSecond = header.type == UInt8(ascii: "L") ? heldName != nil : holdsTarget
        guard !isSecond, byteCount > 0, byteCount <= Self.nameLimit else {
            throw fail(.damaged, "a long name that is none", at: position - 512)
        }
        try checkRoom(byteCount)
        record = ([], header.type)
        state = .longName(left: Int(byteCount))
    }

    private mutating func endLongName() throws(ArchiveError) {
        let text = Array(record.text.prefix { $0 != 0 })
        guard !text.isEmpty else { throw fail(.damaged, "an empty long name") }
        if record.type == UInt8(ascii: "L") { heldName = text } else { holdsTarget = true }
        let past = record.text.count % 512
        state = past == 0 ? .header : .longNamePadding(left: 512 - past)
    }

    private func checkNothingHeld() throws(ArchiveError) {
        guard heldName == nil, !holdsTarget else {
            throw fail(.truncated, "a long name without its member")
        }
    }

    private mutating func addSparseMap() throws(ArchiveError) {
        guard let map = TarBlock.sparseMap(block) else {
            throw fail(.damaged, "a sparse file without a map", at: position - 512)
        }
        try add(map)
    }

    /// Adds a part of a sparse map; after the last the member is known.
    private mutating func add(_ map: TarBlock.SparseMap) throws(ArchiveError) {
        guard let file = sparse else { preconditionFailure("a sparse map without its file") }
        guard runs.count + map.entries.count <= Self.segmentLimit else {
            throw fail(.limitExceeded, "a sparse map of more than \(Self.segmentLimit) runs")
        }
        var end = runs.last?.upperBound ?? 0
        for (offset, length) in map.entries {
            guard offset >= end, offset <= file.sizeBytes, length <= file.sizeBytes - offset else {
                throw fail(.damaged, "a sparse map that does not fit its file")
            }
            end = offset + length
            if length > 0 { runs.append(offset..<end) }
        }
        state = .sparseMap
        if map.goesOn { return try checkRoom(512) }
        defer {
            sparse = nil
            runs = []
        }
        guard runs.reduce(0, { $0 + UInt64($1.count) }) == file.storedBytes else {
            throw fail(.damaged, "a sparse map that does not fit its data")
        }
        try accept(file.path, .sparse, file.sizeBytes, runs)
    }

    private mutating func accept(
        _ path: [UInt8],
        _ kind: TarMember.Kind,
        _ sizeBytes: UInt64,
        _ segments: [Range<UInt64>]
    ) throws(ArchiveError) {
        guard !path.isEmpty else { throw fail(.damaged, "a member without a name") }
        let depth = frames.count - 1
        let isArchive =
            kind == .file && sizeBytes >= 512 && sizeBytes % 512 == 0
            && depth + 1 < Self.depthLimit && path.suffix(4).elementsEqual(".tar".utf8)
        member = TarMember(
            path: path,
            kind: kind,
            sizeBytes: sizeBytes,
            segments: segments,
            depth: depth,
            isArchive: isArchive
        )
        try checkRoom(member.storedBytes)
        state = .opened
    }

    /// A member must end within the archive that it stands in.
    private func checkRoom(_ byteCount: UInt64) throws(ArchiveError) {
        let blocks = (byteCount + 511) / 512 * 512
        guard let end = frames[frames.count - 1].end else { return }
        guard blocks <= end - position else {
            throw fail(.truncated, "a member that goes on behind its archive")
        }
    }

    // MARK: - Members

    private mutating func open() {
        segment = 0
        segmentUsed = 0
        if member.isArchive {
            let end = position + member.sizeBytes
            frames.append(Frame(start: position, end: end, member: member))
            state = .header
        } else if member.segments.isEmpty {
            state = .closed
        } else {
            state = .data
        }
    }

    /// The archive that is a member has come to its end.
    private mutating func leave() throws(ArchiveError) {
        try checkNothingHeld()
        if case .secondZeros = state { throw fail(.truncated, "a single end block") }
        guard let archive = frames.removeLast().member else {
            preconditionFailure("the outermost archive has no known end")
        }
        member = archive
        state = .closed
    }

    private mutating func takeSecondZeros() throws(ArchiveError) {
        guard TarBlock.isZero(block) else {
            throw fail(.damaged, "a single end block", at: position - 1024)
        }
        trailBytes = 0
        state = .trailing
    }

    private func fail(
        _ code: ArchiveError.Code,
        _ what: String,
        at offset: UInt64? = nil
    ) -> ArchiveError {
        let after = member.path.isEmpty ? "" : ", behind or in \"\(member.name)\""
        return ArchiveError(code, "byte \(offset ?? position) of the tar\(after): \(what)")
    }
}
