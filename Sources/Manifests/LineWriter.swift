internal import Cryptography
internal import Files

/// Writes the JSON lines of manifest parts straight into bytes: a general encoder is too slow
/// for a million files.
public struct LineWriter {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []

    /// Starts empty.
    public init() {}

    /// Forgets what was written and keeps the memory.
    public mutating func reset() {
        bytes.removeAll(keepingCapacity: true)
    }

    /// Writes one entry and its line feed.
    ///
    /// - Parameter entry: A complete entry.
    public mutating func write(_ entry: FileEntry) {
        raw("{")
        path("path", entry.path, first: true)
        key("type")
        text(entry.kind.rawValue)
        key("mode")
        raw("\"0")
        raw(String(entry.mode, radix: 8))
        raw("\"")
        number("uid", UInt64(entry.userID))
        number("gid", UInt64(entry.groupID))
        if let user = entry.user { field("user", user) }
        if let group = entry.group { field("group", group) }
        field("mtime", String(entry.modifiedNanoseconds))
        field("ctime", String(entry.changedNanoseconds))
        field("inode", String(entry.inode))
        field("device", String(entry.device))
        if entry.isRacy { raw(",\"racy\":true") }
        if let target = entry.target { path("target", target, first: false) }
        if let hardlink = entry.hardlink { field("hardlink", hardlink) }
        attributes(entry.attributes)
        if entry.kind == .file { content(entry) }
        raw("}\n")
    }

    private mutating func content(_ entry: FileEntry) {
        number("size", entry.sizeBytes)
        if let digest = entry.digest {
            key("sha256")
            quoted(digest)
        }
        if let database = entry.database {
            key("sqlite")
            bytes.append(contentsOf: database)
        }
        if let pages = entry.pages {
            key("pages")
            raw("{\"size\":\(pages.pageBytes),\"count\":\(pages.pageCount),\"base\":")
            list(pages.base)
            raw(",\"patches\":")
            list(pages.patches)
            raw("}")
        }
        switch entry.extents {
        case .inline(let extents):
            key("extents")
            write(extents)
        case .indirect(let chunks):
            key("extents_in")
            list(chunks)
        case .elsewhere: raw(",\"elsewhere\":true")
        }
    }

    /// Writes a JSON array of extents.
    ///
    /// - Parameter extents: In the order of the file's bytes.
    public mutating func write(_ extents: [Extent]) {
        raw("[")
        for (index, extent) in extents.enumerated() {
            if index > 0 { raw(",") }
            switch extent {
            case .chunk(let id, let offset, let length):
                raw("[")
                quoted(id)
                raw(",\(offset),\(length)]")
            case .hole(let length):
                raw("{\"hole\":\(length)}")
            case .literal(let value):
                raw("{\"b64\":\"")
                bytes.append(contentsOf: Base64.encode(value))
                raw("\"}")
            }
        }
        raw("]")
    }

    private mutating func attributes(_ attributes: [FileEntry.Attribute]) {
        if attributes.isEmpty { return }
        key("xattrs")
        raw("{")
        for (index, attribute) in attributes.enumerated() {
            if index > 0 { raw(",") }
            text(attribute.name)
            raw(":\"")
            bytes.append(contentsOf: Base64.encode(attribute.value))
            raw("\"")
        }
        raw("}")
    }

    private mutating func list(_ digests: [Digest]) {
        raw("[")
        for (index, digest) in digests.enumerated() {
            if index > 0 { raw(",") }
            quoted(digest)
        }
        raw("]")
    }

    private mutating func quoted(_ digest: Digest) {
        raw("\"")
        bytes.append(contentsOf: digest.hexBytes)
        raw("\"")
    }

    private mutating func path(_ name: String, _ path: Path, first: Bool) {
        if !first { raw(",") }
        if let value = path.text {
            raw("\"\(name)\":")
            text(value)
        } else {
            raw("\"\(name)_b64\":\"")
            bytes.append(contentsOf: Base64.encode(path.bytes))
            raw("\"")
        }
    }

    private mutating func number(_ name: String, _ value: UInt64) {
        key(name)
        raw(String(value))
    }

    private mutating func field(_ name: String, _ value: String) {
        key(name)
        text(value)
    }

    private mutating func key(_ name: String) {
        raw(",\"")
        raw(name)
        raw("\":")
    }

    private mutating func raw(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func text(_ value: String) {
        raw("\"")
        for byte in value.utf8 {
            switch byte {
            case 0x22, 0x5C:
                bytes.append(0x5C)
                bytes.append(byte)
            case 0..<0x20, 0x7F:
                raw("\\u00")
                raw(byte < 16 ? "0" : "")
                raw(String(byte, radix: 16))
            default:
                bytes.append(byte)
            }
        }
        raw("\"")
    }
}
