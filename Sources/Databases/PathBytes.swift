internal import Glibc

// A path is bytes without NUL, in no particular encoding.
extension [UInt8] {
    /// The path as a person reads it: UTF-8 as it is; control characters and other bytes as `\xNN`.
    var shown: String {
        if let text = String(validating: self, as: UTF8.self),
            !text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 })
        {
            return text
        }
        var result = ""
        for byte in self {
            if byte >= 32 && byte < 127 {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return result
    }

    /// The path as a `file:` URI with an empty authority, every byte that has a meaning escaped.
    var fileURI: [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        var result = Array("file://".utf8)
        for byte in self {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "-"),
                UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"):
                result.append(byte)
            default:
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return result
    }

    /// The path with its last component lengthened, such as by `-wal`.
    func adding(suffix: String) -> [UInt8] {
        self + Array(suffix.utf8)
    }

    /// The path with every symbolic link resolved, as SQLite does before it names the files
    /// beside a database; nil where nothing is there.
    var resolved: [UInt8]? {
        guard let text = unsafe withCString({ unsafe realpath($0, nil) }) else { return nil }
        defer { unsafe free(text) }
        return unsafe Self(cString: text)
    }

    init(cString: UnsafePointer<CChar>) {
        let count = unsafe strlen(cString)
        self = unsafe cString.withMemoryRebound(to: UInt8.self, capacity: count) {
            unsafe Array(UnsafeBufferPointer(start: $0, count: count))
        }
    }

    /// Lends the path as a C string for the time of one call.
    func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        let terminated = self + [0]
        return unsafe terminated.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("never empty") }
            return unsafe base.withMemoryRebound(to: CChar.self, capacity: buffer.count) {
                unsafe body($0)
            }
        }
    }
}
