internal import CCurl

/// Gives libcurl what is sent, and says when to stop; lent to the C callbacks for one exchange.
final class RequestSource {
    private let source: (any BodySource)?
    private let isCancelled: @Sendable () -> Bool
    /// Stopped on request.
    private(set) var wasCancelled = false
    /// The source gave up.
    private(set) var hasFailed = false

    init(_ source: (any BodySource)?, isCancelled: @escaping @Sendable () -> Bool) {
        self.source = source
        self.isCancelled = isCancelled
    }

    static let reader: curl_read_callback = { base, size, count, context in
        guard let context = unsafe context, let base = unsafe base else {
            return Int(CURL_READFUNC_ABORT)
        }
        let lent = unsafe Unmanaged<RequestSource>.fromOpaque(context).takeUnretainedValue()
        let room = unsafe UnsafeMutableRawBufferPointer(start: base, count: size * count)
        guard let read = unsafe lent.source?.read(into: room) else {
            lent.hasFailed = true
            return Int(CURL_READFUNC_ABORT)
        }
        return read
    }

    static let seeker: curl_seek_callback = { context, offset, origin in
        guard let context = unsafe context, offset == 0, origin == 0 else {
            return CURL_SEEKFUNC_CANTSEEK
        }
        let lent = unsafe Unmanaged<RequestSource>.fromOpaque(context).takeUnretainedValue()
        return lent.source?.rewind() == true ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_CANTSEEK
    }

    static let watcher: curl_xferinfo_callback = { context, _, _, _, _ in
        guard let context = unsafe context else { return 0 }
        let lent = unsafe Unmanaged<RequestSource>.fromOpaque(context).takeUnretainedValue()
        lent.wasCancelled = lent.isCancelled()
        return lent.wasCancelled ? 1 : 0
    }
}
