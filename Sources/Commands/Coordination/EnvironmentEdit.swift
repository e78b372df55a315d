internal import Deployments
internal import Files
internal import FoundationEssentials

/// A change of single assignments in an env file: the line of a key and nothing else, in place of
/// the file in one step, with its owner and mode.
struct EnvironmentEdit {
    /// The file itself, behind any link.
    let path: Path

    init(_ path: Path) throws(CommandFailure) {
        do throws(FileError) {
            self.path = try path.real()
        } catch {
            throw CommandFailure(error, doing: "look for the env file")
        }
    }

    /// What stands behind the last assignment of each key, as it is in the file.
    ///
    /// With quotes and comment, in whatever encoding; a key without an assignment is left out.
    func raw(_ keys: [String]) throws(CommandFailure) -> [String: [UInt8]] {
        let bytes = try read()
        var found: [String: [UInt8]] = [:]
        for key in keys {
            if let range = Self.value(of: key, in: bytes) { found[key] = Array(bytes[range]) }
        }
        return found
    }

    /// Puts back what stood behind the last assignments of keys.
    ///
    /// - Parameter raw: By key, as ``raw(_:)`` gave it.
    /// - Throws: ``CommandFailure`` where a key has no assignment, or the file cannot be replaced;
    ///   then it is as it was.
    func putBack(_ raw: [String: [UInt8]]) throws(CommandFailure) {
        try change(raw) { range, _ in range }
    }

    /// Gives keys other values in their last assignments; comments behind them stay.
    ///
    /// - Parameter values: By key, as they will stand in the file.
    /// - Throws: ``CommandFailure`` where a key has no assignment, or the file cannot be replaced;
    ///   then it is as it was.
    func set(_ values: [String: String]) throws(CommandFailure) {
        try change(values.mapValues { Array($0.utf8) }, where: Self.withoutComment)
    }

    private func change(
        _ values: [String: [UInt8]],
        where part: (Range<Int>, [UInt8]) -> Range<Int>
    ) throws(CommandFailure) {
        var bytes = try read()
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            guard let whole = Self.value(of: key, in: bytes) else {
                throw CommandFailure(.failed, "env-key", "\(path) has no key \(key)")
            }
            let range = part(whole, bytes)
            // A mark right behind a value would be of the value.
            let isClose = range.upperBound < whole.upperBound && bytes[range.upperBound] == 0x23
            bytes.replaceSubrange(range, with: isClose ? value + [0x20] : value)
        }
        do throws(FileError) {
            try replace(bytes)
        } catch {
            throw CommandFailure(error, doing: "change \(path)")
        }
    }

    /// A value as an assignment takes it.
    static func quoted(_ value: String) -> String {
        let plain = value.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "._-/:@+,".utf8.contains(byte)
            }
        }
        return plain || value.contains("'") ? value : "'\(value)'"
    }

    /// What stands behind a key without a comment: as it was written, quotes and all.
    ///
    /// - Parameter raw: As ``raw(_:)`` gave it.
    /// - Returns: Text that could take its place in the file.
    static func value(of raw: [UInt8]) -> String {
        String(decoding: raw[withoutComment(raw.indices, raw)], as: UTF8.self)
    }

    private static let encodedMark = ":base64"

    /// What ``raw(_:)`` gave as a journal keeps it: as text, or coded where it is none.
    static func note(_ raw: [String: [UInt8]]) -> [String: String] {
        var note: [String: String] = [:]
        for (key, bytes) in raw {
            if let text = String(validating: bytes, as: UTF8.self) {
                note[key] = text
            } else {
                note[key + encodedMark] = Data(bytes).base64EncodedString()
            }
        }
        return note
    }

    /// What ``note(_:)`` has written.
    static func raw(fromNote note: [String: String]) -> [String: [UInt8]] {
        var raw: [String: [UInt8]] = [:]
        for (key, text) in note {
            if key.hasSuffix(encodedMark) {
                guard let data = Data(base64Encoded: text) else { continue }
                raw[String(key.dropLast(encodedMark.count))] = Array(data)
            } else {
                raw[key] = Array(text.utf8)
            }
        }
        return raw
    }

    /// Where the text behind the last assignment of a key stands, without the end of its line.
    static func value(of key: String, in bytes: [UInt8]) -> Range<Int>? {
        EnvironmentFile.assignments(in: bytes).last { $0.key == key }?.range
    }

    /// The part of a text behind a key that is its value, quotes and all, without a comment and the
    /// white space before it.
    private static func withoutComment(_ whole: Range<Int>, _ bytes: [UInt8]) -> Range<Int> {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        if let end = EnvironmentFile.closingQuote(bytes, from: whole.lowerBound) {
            return whole.lowerBound..<(end + 1)
        }
        let text = bytes[whole].drop { $0 == 0x20 }
        var end =
            text.indices.first { index in
                bytes[index] == 0x23 && (index == text.startIndex || bytes[index - 1] == 0x20)
            } ?? whole.upperBound
        while end > whole.lowerBound, isBlank(bytes[end - 1]) { end -= 1 }
        return whole.lowerBound..<end
    }

    /// Removes what a killed run has left of a change.
    func removeDraft() {
        try? Directory(path.parent).remove(draft)
    }

    private var draft: Path { Path(".recover-env").adding(suffix: "-\(path.lastComponent)") }

    private func read() throws(CommandFailure) -> [UInt8] {
        do throws(FileError) {
            return try OpenFile(path, .read).readAll(limitBytes: 1 << 20)
        } catch {
            throw CommandFailure(error, doing: "read the env file")
        }
    }

    private func replace(_ bytes: [UInt8]) throws(FileError) {
        let folder = try Directory(path.parent)
        let name = path.lastComponent
        let status = try FileStatus(of: path)
        // Hidden, and 0600 until it has its owner: it holds secrets.
        let draft = draft
        try? folder.remove(draft)
        do throws(FileError) {
            let file = try folder.open(draft, .create)
            try file.append(bytes)
            do throws(FileError) {
                try file.setOwner(userID: status.userID, groupID: status.groupID)
            } catch {
                // Whoever may not give files away may still write his own.
                let mine = try file.status()
                guard mine.userID == status.userID, mine.groupID == status.groupID else {
                    throw error
                }
            }
            try file.setMode(status.mode & 0o7777)
            try file.sync()
            try folder.replace(name, with: draft)
        } catch {
            try? folder.remove(draft)
            throw error
        }
        try folder.sync()
    }
}
