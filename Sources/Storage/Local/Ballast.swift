internal import Files

/// Bytes that no file system makes smaller.
struct Ballast {
    let buffer: AlignedBuffer

    init(byteCount: Int) {
        buffer = AlignedBuffer(byteCount: byteCount)
        var word = UInt64.random(in: 1 ... .max)
        for offset in stride(from: 0, to: byteCount - 7, by: 8) {
            word ^= word << 13
            word ^= word >> 7
            word ^= word << 17
            unsafe buffer.bytes.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
        }
    }
}
