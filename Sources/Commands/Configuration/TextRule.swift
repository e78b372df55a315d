internal import Scheduling

/// What a text of the configuration must look like.
enum TextRule: Sendable {
    case name
    case service
    case environmentName
    case path
    case policy
    case glob
    case url
    case secret
    case zone
    case timestamp
    case schedule
    case fileName
    case label
    case argument

    /// The rule in words, behind "expected".
    var expected: String {
        switch self {
        case .name: "a name of a-z, 0-9, '.', '_' and '-', not longer than 64"
        case .service: "a name of letters, digits, '.', '_' and '-'"
        case .environmentName: "the name of an environment variable"
        case .path: "a path of this host, without '~' and not a URL"
        case .policy: "the name of a policy or the path of a policy file"
        case .glob: "a pattern such as **/*.tmp, which no '!' can turn round"
        case .url: "an http or https URL without a user name"
        case .secret: "a reference, env:NAME or file:PATH"
        case .zone: "a time zone such as Asia/Seoul or UTC"
        case .timestamp: "a time pattern such as YYYYMMDDHHMM"
        case .schedule: "a time such as 02:00, \"Sun 04:00\" or \"1 05:00\", or never"
        case .fileName: "a file name without '/'"
        case .label: "a text that is not empty"
        case .argument: "a text"
        }
    }

    /// The same rule as a regular expression for editors.
    var pattern: String {
        switch self {
        case .name: #"^[a-z0-9][a-z0-9._-]{0,63}$"#
        case .service: #"^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$"#
        case .environmentName: #"^[A-Za-z_][A-Za-z0-9_]{0,254}$"#
        case .path, .policy: #"^(?!~)(?![\s\S]*://)[^\u0000]+$"#
        case .glob: #"^(?!!)[^\u0000]+$"#
        case .label: #"^[^\u0000]+$"#
        case .url: #"^https?://[A-Za-z0-9._:\[\]-]+([/?#][!-~]*)?$"#
        case .secret: #"^(env:[A-Za-z_][A-Za-z0-9_]{0,254}|file:(?!~)(?![\s\S]*://)[^\u0000]+)$"#
        case .zone: #"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$"#
        case .timestamp: #"^YYYY[-_.]?MM[-_.]?DD([-_.T]?HH[-_.]?MM([-_.]?SS)?)?$"#
        case .schedule: "^never$|" + ScheduleTime.pattern
        case .fileName: #"^(?!\.{1,2}$)[^/\u0000]+$"#
        case .argument: #"^[^\u0000]*$"#
        }
    }

    /// Whether a refused value may stand in a message: it may hold a password otherwise.
    var mayBeShown: Bool {
        switch self {
        case .secret, .url, .argument: false
        default: true
        }
    }

    func accepts(_ text: String) -> Bool {
        guard !text.utf8.contains(0) else { return false }
        switch self {
        case .name: return text.isWord(first: Self.small, rest: Self.small + "._-", maximum: 64)
        case .service: return text.isWord(first: Self.word, rest: Self.word + "._-", maximum: 255)
        case .environmentName:
            return text.isWord(first: Self.letters + "_", rest: Self.word + "_", maximum: 255)
        case .path, .policy:
            return !text.isEmpty && text.utf8.first != UInt8(ascii: "~") && !text.holds("://")
        // Elsewhere such a line takes files in again; here it would leave out what it means to keep.
        case .glob: return !text.isEmpty && text.utf8.first != UInt8(ascii: "!")
        case .label: return !text.isEmpty
        case .url: return Self.isURL(text)
        case .secret:
            if let name = text.behind("env:") { return Self.environmentName.accepts(name) }
            return text.behind("file:").map(Self.path.accepts) ?? false
        case .zone: return Self.isZone(text)
        case .timestamp: return Self.isTimestamp(text)
        case .schedule: return text == "never" || ScheduleTime(text) != nil
        case .fileName: return !text.isEmpty && !text.holds("/") && text != "." && text != ".."
        case .argument: return true
        }
    }

    private static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    private static let small = "abcdefghijklmnopqrstuvwxyz0123456789"
    private static let word = letters + "0123456789"

    private static func isURL(_ text: String) -> Bool {
        guard let rest = text.behind("http://") ?? text.behind("https://") else { return false }
        let end = rest.utf8.firstIndex { "/?#".utf8.contains($0) } ?? rest.endIndex
        let host = word + "._:[]-"
        return String(rest[..<end]).isWord(first: host, rest: host, maximum: .max)
            && rest[end...].utf8.allSatisfy { 0x21...0x7E ~= $0 }
    }

    private static func isZone(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count <= 3
            && letters.utf8.contains(text.utf8.first ?? 0)
            && parts.allSatisfy { part in
                String(part).isWord(first: word + "_+-", rest: word + "_+-", maximum: .max)
            }
    }

    /// Year to day, hour and minute, second, in this order and with or without marks between.
    private static func isTimestamp(_ text: String) -> Bool {
        var rest = Substring(text)
        for (index, token) in ["YYYY", "MM", "DD", "HH", "MM", "SS"].enumerated() {
            if rest.isEmpty && (index == 3 || index == 5) { return true }
            let marks = index == 0 ? "" : index == 3 ? "-_.T" : "-_."
            if let first = rest.first, marks.contains(first) { rest.removeFirst() }
            guard rest.hasPrefix(token) else { return false }
            rest.removeFirst(token.count)
        }
        return rest.isEmpty
    }
}

extension String {
    /// What follows `prefix`, or nil where the text begins otherwise; compares bytes.
    func behind(_ prefix: String) -> String? {
        guard utf8.starts(with: prefix.utf8) else { return nil }
        return String(decoding: utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }

    /// Whether the text looks like a URL with a user name, wherever it was written.
    var mayHoldPassword: Bool { holds("://") && holds("@") }

    /// Whether `part`, which is not empty, stands somewhere in the text; compares bytes.
    fileprivate func holds(_ part: String) -> Bool {
        utf8.indices.contains { utf8[$0...].starts(with: part.utf8) }
    }

    fileprivate func isWord(first: String, rest: String, maximum: Int) -> Bool {
        guard let start = utf8.first, utf8.count <= maximum else { return false }
        return first.utf8.contains(start) && utf8.dropFirst().allSatisfy(rest.utf8.contains)
    }
}
