/// A file on its way as the one field of a form (`multipart/form-data`).
public final class FormUpload: BodySource {
    private let head: [UInt8]
    private let tail: [UInt8]
    private let file: any BodySource
    private var headSent = 0
    private var tailSent = 0
    private var isFileSent = false
    /// What the request must say of its body.
    public let contentType: String

    /// Wraps a file.
    ///
    /// - Parameters:
    ///   - field: The field's name.
    ///   - fileName: What the peer may call the file; neither quotes nor line breaks.
    ///   - file: Its bytes.
    public init(field: String, fileName: String, file: any BodySource) {
        let isPlain = { (byte: UInt8) in byte >= 32 && byte != 34 && byte != 92 && byte != 127 }
        precondition(field.utf8.allSatisfy(isPlain) && fileName.utf8.allSatisfy(isPlain))
        // 128 random bits do not stand in the file by chance.
        let boundary =
            "recover-" + String(UInt64.random(in: 0 ... .max), radix: 16)
            + String(UInt64.random(in: 0 ... .max), radix: 16)
        contentType = "multipart/form-data; boundary=\(boundary)"
        head = Array(
            """
            --\(boundary)\r
            Content-Disposition: form-data; name="\(field)"; filename="\(fileName)"\r
            Content-Type: application/octet-stream\r
            \r

            """.utf8
        )
        tail = Array("\r\n--\(boundary)--\r\n".utf8)
        self.file = file
    }

    /// Head, file and tail.
    public var byteCount: UInt64 { UInt64(head.count) + file.byteCount + UInt64(tail.count) }

    /// The next bytes of the form.
    public func read(into room: UnsafeMutableRawBufferPointer) -> Int? {
        if headSent < head.count { return unsafe copy(head, &headSent, room) }
        if !isFileSent {
            guard let count = unsafe file.read(into: room) else { return nil }
            if count > 0 { return count }
            isFileSent = true
        }
        return unsafe copy(tail, &tailSent, room)
    }

    /// Begins again where the file can.
    public func rewind() -> Bool {
        headSent = 0
        tailSent = 0
        isFileSent = false
        return file.rewind()
    }

    private func copy(
        _ bytes: [UInt8],
        _ sent: inout Int,
        _ room: UnsafeMutableRawBufferPointer
    ) -> Int {
        let count = min(bytes.count - sent, room.count)
        unsafe room.copyBytes(from: bytes[sent..<(sent + count)])
        sent += count
        return count
    }
}
