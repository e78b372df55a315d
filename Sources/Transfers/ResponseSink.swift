internal import CCurl

/// Takes what libcurl receives; lent to the C callbacks for the time of one exchange.
final class ResponseSink {
    private static let headerByteCountMax = 65_536

    private(set) var headers: [Header] = []
    private(set) var body: [UInt8] = []
    private(set) var isTooLarge = false
    /// The receiver wanted no more.
    private(set) var isStopped = false
    private let bodyByteCountMax: Int
    private let receiver: (any BodyReceiver)?
    private var isReceiving: Bool?
    private var status = 0
    private var headerByteCount = 0

    init(bodyByteCountMax: Int, receiver: (any BodyReceiver)?) {
        self.bodyByteCountMax = bodyByteCountMax
        self.receiver = receiver
    }

    /// Whether all of the body came that was announced, as far as that is known.
    var isComplete: Bool {
        let field = headers.first { $0.name.lowercased() == "content-length" }
        return status >= 200 && field.map { Int($0.value) == body.count } ?? false
    }

    /// What came so far.
    var response: Response { Response(status: status, headers: headers, body: body) }

    /// Takes one line of the head.
    ///
    /// - Returns: Whether to go on.
    private func takeHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        headerByteCount += line.count
        isTooLarge = headerByteCount > Self.headerByteCountMax
        let text = unsafe String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/") {
            headers = []  // An interim response (1xx) came before this one.
            let word = text.split(separator: " ", maxSplits: 2).dropFirst().first ?? ""
            status = Int(word.prefix { $0.isNumber }) ?? 0
        } else if let colon = text.firstIndex(of: ":") {
            let value = text[colon...].dropFirst()
            headers.append(Header(String(text[..<colon]), trimmed(value)))
        }
        return !isTooLarge
    }

    /// Takes a piece of the body.
    ///
    /// - Returns: Whether to go on.
    private func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if isReceiving == nil { isReceiving = receiver?.accepts(response) ?? false }
        if isReceiving == true, let receiver {
            isStopped = unsafe !receiver.receive(bytes)
            return !isStopped
        }
        isTooLarge = bytes.count > bodyByteCountMax - body.count
        guard !isTooLarge else { return false }
        unsafe body.append(contentsOf: bytes)
        return true
    }

    static let headerReceiver: curl_write_callback = { base, _, count, context in
        unsafe receive(base, count, context) { unsafe $0.takeHeader($1) }
    }

    static let bodyReceiver: curl_write_callback = { base, _, count, context in
        unsafe receive(base, count, context) { unsafe $0.takeBody($1) }
    }

    /// Hands bytes to the sink behind `context`; any other count than theirs stops the exchange.
    private static func receive(
        _ base: UnsafeMutablePointer<CChar>?,
        _ count: Int,
        _ context: UnsafeMutableRawPointer?,
        _ take: (ResponseSink, UnsafeRawBufferPointer) -> Bool
    ) -> Int {
        guard let context = unsafe context else { return 0 }
        let sink = unsafe Unmanaged<ResponseSink>.fromOpaque(context).takeUnretainedValue()
        let goesOn = unsafe take(sink, UnsafeRawBufferPointer(start: base, count: count))
        return goesOn ? count : count &+ 1
    }
}

private func trimmed(_ text: Substring) -> String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0.isNewline }
    let start = text.drop(while: isBlank)
    guard let last = start.lastIndex(where: { !isBlank($0) }) else { return "" }
    return String(start[...last])
}
