internal import Glibc

/// The reading end of one output stream and what came out of it; closed at its end.
struct OutputPipe: ~Copyable {
    private var reader: Descriptor?
    private(set) var captured: CapturedOutput

    init(_ reader: consuming Descriptor?, byteCountMax: Int) {
        self.reader = reader
        captured = CapturedOutput(byteCountMax: byteCountMax)
    }

    /// The descriptor to wait for; -1 when there is none any more.
    var number: Int32 {
        switch reader {
        case .some(let reader): reader.number
        case .none: -1
        }
    }

    /// Takes at most one buffer of what is there, without waiting.
    ///
    /// - Returns: Whether there was any.
    mutating func collect() -> Bool {
        guard number >= 0 else { return false }
        var result = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
            result = unsafe read(number, buffer.baseAddress, buffer.count)
            count = max(0, result)
        }
        if result > 0 {
            captured.append(bytes[...])
            return true
        }
        let isWaiting = result < 0 && (errno == EAGAIN || errno == EINTR)
        if !isWaiting { reader = nil }
        return false
    }
}
