internal import Cryptography

/// What every pack has in common.
enum PackFormat {
    static let marker = "recover-pack-1"
    static let sumsName = "SHA256SUMS"
    /// Two zero blocks end a tar; the file then fills up to this, for direct writes.
    static let alignment = 4096
    static let chunkLimit = 4 << 20
    /// No pack is longer: the largest settings, and what a pack of manifests may exceed them by.
    static let packLimit: UInt64 = 1 << 30 + 256 << 10
    /// What a chunk takes in `SHA256SUMS`: two digests, two spaces, a suffix and a line feed.
    static let sumsLineBytes = 135

    /// The kinds of pack, which differ in folder and size.
    enum Kind: CaseIterable, Sendable {
        case data
        case meta

        var folder: String { self == .data ? "packs" : "meta" }
    }

    static func objectName(_ kind: Kind, _ pack: Digest) -> String {
        let hex = pack.hex
        return "\(kind.folder)/\(hex.prefix(2))/\(hex).tar"
    }

    /// The pack that an object's name stands for, or nil for a foreign file.
    static func pack(_ objectName: String) -> (kind: Kind, id: Digest)? {
        let parts = objectName.split(separator: "/")
        guard parts.count == 3, parts[2].hasSuffix(".tar"),
            let id = Digest(hex: String(parts[2].dropLast(4))),
            let kind = Kind.allCases.first(where: { $0.folder == parts[0] }),
            parts[1] == parts[2].prefix(2)
        else { return nil }
        return (kind, id)
    }

    static func memberName(_ chunk: Digest, isCompressed: Bool) -> String {
        chunk.hex + (isCompressed ? ".zst" : ".raw")
    }

    static func chunk(_ memberName: String) -> (id: Digest, isCompressed: Bool)? {
        guard memberName.utf8.count == 68, let id = Digest(hex: String(memberName.prefix(64)))
        else { return nil }
        switch memberName.suffix(4) {
        case ".zst": return (id, true)
        case ".raw": return (id, false)
        default: return nil
        }
    }
}
