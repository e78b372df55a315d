internal import Manifests

/// A list of extents that comes in pieces, read as it comes.
///
/// The text is never whole in memory, and what is one run becomes one extent: a few compressed
/// bytes may unfold to a gigabyte of text that says next to nothing.
struct ExtentText {
    /// A GiB of extents of 64 bytes; the writer makes one for eight pages at most.
    private static let extentCountLimit = 1 << 24
    /// No writer makes an extent of more bytes than a line may have.
    private static let extentBytesLimit = 4 << 20
    private static let textBytesLimit = 1 << 30

    private(set) var extents: [Extent] = []
    /// What stands behind the last whole extent, as the beginning of a list.
    private var rest: [UInt8] = []
    private var isCut = false
    private var textBytes = 0

    /// Takes the next piece of the text, cut anywhere.
    mutating func append(_ piece: [UInt8]) throws(ManifestError) {
        textBytes += piece.count
        guard textBytes <= Self.textBytesLimit else {
            throw ManifestError(code: .malformed, message: "the list is far too long")
        }
        rest += piece
        guard let end = endOfWholeExtents else {
            guard rest.count <= Self.extentBytesLimit else {
                throw ManifestError(code: .malformed, message: "an extent is far too long")
            }
            return
        }
        try take(Array(rest[...end]) + [0x5D])
        rest = [0x5B] + rest[(end + 2)...]
        isCut = true
    }

    /// The text is at its end.
    mutating func finish() throws(ManifestError) {
        let last = try LineReader.extents(rest)
        guard !isCut || !last.isEmpty else {
            throw ManifestError(code: .malformed, message: "the list ends with a comma")
        }
        for extent in last { extents.appendJoining(extent) }
    }

    private mutating func take(_ list: [UInt8]) throws(ManifestError) {
        for extent in try LineReader.extents(list) { extents.appendJoining(extent) }
        guard extents.count <= Self.extentCountLimit else {
            throw ManifestError(code: .malformed, message: "the extents are too many")
        }
    }

    /// Where the last extent ends that has another behind it.
    private var endOfWholeExtents: Int? {
        var index = rest.count - 2
        while index > 0 {
            if rest[index + 1] == 0x2C, rest[index] == 0x5D || rest[index] == 0x7D { return index }
            index -= 1
        }
        return nil
    }
}
