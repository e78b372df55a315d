internal import Glibc

/// The environment and the signals of this process.
enum ProcessEnvironment {
    /// All variables; names without a value are left out.
    static var values: [String: String] {
        var found: [String: String] = [:]
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            let pair = unsafe String(cString: text)
            if let mark = pair.firstIndex(of: "=") {
                found[String(pair[..<mark])] = String(pair[pair.index(after: mark)...])
            }
            unsafe entry += 1
        }
        return found
    }
}

/// How wide the reader's window is.
enum TerminalWidth {
    static var columns: Int {
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return 80
        }
        return min(Int(size.ws_col), 120)
    }
}
