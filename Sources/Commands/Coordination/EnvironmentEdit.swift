internal import Files

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
    /// With quotes and comment; a key without an assignment is left out.
    func raw(_ keys: [String]) throws(CommandFailure) -> [String: String] {
        let bytes = try read()
        var found: [String: String] = [:]
        for key in keys {
            if let range = Self.value(of: key, in: bytes) {
                found[key] = String(decoding: bytes[range], as: UTF8.self)
            }
        }
        return found
    }

    /// Puts other texts behind the last assignments of keys.
    ///
    /// - Parameter values: By key, as they will stand in the file.
    /// - Throws: ``CommandFailure`` where a key has no assignment, or the file cannot be replaced;
    ///   then it is as it was.
    func set(_ values: [String: String]) throws(CommandFailure) {
        var bytes = try read()
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            guard let range = Self.value(of: key, in: bytes) else {
                throw CommandFailure(.failed, "env-key", "\(path) has no key \(key)")
            }
            bytes.replaceSubrange(range, with: Array(value.utf8))
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

    /// Where the text behind the last assignment of a key stands, without the end of its line.
    static func value(of key: String, in bytes: [UInt8]) -> Range<Int>? {
        var found: Range<Int>?
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            var rest = bytes[start..<end]
            if rest.last == 0x0D { rest.removeLast() }
            rest = rest.drop { $0 == 0x20 || $0 == 0x09 }
            let export = Array("export ".utf8)
            if rest.starts(with: export) {
                rest = rest.dropFirst(export.count).drop { $0 == 0x20 }
            }
            let head = Array(key.utf8) + [UInt8(ascii: "=")]
            if rest.starts(with: head) { found = (rest.startIndex + head.count)..<rest.endIndex }
            start = end + 1
        }
        return found
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
