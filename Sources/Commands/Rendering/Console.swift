internal import Files
internal import Glibc

/// Standard output and error: results there, phases and failures here.
struct Console: Sendable {
    let isQuiet: Bool
    let isJSON: Bool
    let logsJSON: Bool
    /// Whether a person watches: then lines may be rewritten in place.
    let isLive: Bool
    let usesColor: Bool

    init(isQuiet: Bool, isJSON: Bool, logsJSON: Bool, showsProgress: Bool, usesColor: Bool) {
        let isTerminal = isatty(STDERR_FILENO) == 1
        self.isQuiet = isQuiet
        self.isJSON = isJSON
        self.logsJSON = logsJSON
        isLive = isTerminal && showsProgress && !isQuiet && !logsJSON
        self.usesColor = usesColor && isTerminal
    }

    /// Writes a result; nothing else may go to standard output.
    ///
    /// - Returns: Why it could not be written whole; nil when it was.
    func result(_ text: String) -> String? {
        Self.write(text, to: STDOUT_FILENO)
    }

    /// Says what is being done; silent under `--quiet`.
    func phase(_ message: String) {
        if isQuiet { return }
        line("info", message)
    }

    /// Says what a person must know, also under `--quiet`.
    func problem(_ level: String, _ message: String) {
        line(level, message)
    }

    private func line(_ level: String, _ message: String) {
        let now = Moment.now.rfc3339
        if !logsJSON, message.contains("\n") {
            for part in message.split(separator: "\n") { line(level, String(part)) }
            return
        }
        if logsJSON {
            let entry = LogLine(ts: now, level: level, msg: message)
            Self.write(entry.text, to: STDERR_FILENO)
        } else if isLive {
            Self.write("\r\u{1B}[K" + decorated(level, message) + "\n", to: STDERR_FILENO)
        } else {
            Self.write("\(now) \(decorated(level, message))\n", to: STDERR_FILENO)
        }
    }

    private func decorated(_ level: String, _ message: String) -> String {
        let words = ["warning": ("WARN", "33"), "error": ("FAIL", "31")]
        let message = VisibleText.line(message)
        guard let (word, color) = words[level] else { return message }
        return usesColor ? "\u{1B}[\(color)m\(word)\u{1B}[0m \(message)" : "\(word) \(message)"
    }

    /// Rewrites the live line.
    func live(_ text: String) {
        if isLive { Self.write("\r\u{1B}[K" + text, to: STDERR_FILENO) }
    }

    /// Writes a text whole.
    ///
    /// - Returns: Why it could not be; nil when it was. What is lost of standard error is lost: there
    ///   is nobody else to tell.
    @discardableResult
    static func write(_ text: String, to descriptor: Int32) -> String? {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0 {
                let number = errno
                if number == EINTR { continue }
                return unsafe String(cString: strerror(number))
            }
            bytes = bytes.dropFirst(count)
        }
        return nil
    }
}

private struct LogLine {
    let ts: String
    let level: String
    let msg: String

    var text: String {
        Envelope.line(["level": level, "msg": msg, "ts": ts])
    }
}
