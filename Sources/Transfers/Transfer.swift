internal import CCurl

/// Asks HTTP servers, one request at a time, keeping the connection for the next.
///
/// Owns a libcurl easy handle. Not thread-safe: use it on one thread at a time. Calls block.
/// Redirects are not followed, proxies named in the environment are not used: a key meant for one
/// service is sent to nobody else.
@safe
public struct Transfer: ~Copyable {
    /// The first use of libcurl in a process must come once and from one thread.
    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    private let handle: UnsafeMutableRawPointer

    /// Prepares a handle without contacting anyone.
    ///
    /// - Throws: ``TransferError`` with code `setup` when libcurl cannot start.
    public init() throws(TransferError) {
        guard Self.isLibraryReady, let handle = unsafe curl_easy_init() else {
            throw TransferError(.setup, "libcurl cannot start")
        }
        unsafe self.handle = handle
    }

    deinit { unsafe curl_easy_cleanup(handle) }

    /// Sends a request and takes the whole response.
    ///
    /// - Parameter request: What to ask for.
    /// - Returns: The response, whatever its status.
    /// - Throws: ``TransferError`` when there is no complete response.
    public mutating func get(_ request: Request) throws(TransferError) -> Response {
        try send(request)
    }

    /// Sends a request.
    ///
    /// An answer that comes before all of the body was sent is an answer like any other.
    ///
    /// - Parameters:
    ///   - request: What to ask for.
    ///   - source: What is sent, instead of the request's own body.
    ///   - receiver: Takes the response's body where it wants to.
    /// - Returns: The response, whatever its status; without what the receiver took.
    /// - Throws: ``TransferError`` when there is no complete response.
    public mutating func send(
        _ request: Request,
        from source: (any BodySource)? = nil,
        to receiver: (any BodyReceiver)? = nil
    ) throws(TransferError) -> Response {
        let origin = try Origin(of: request.url)
        let headers = try HeaderList(request.headers, to: origin.text)
        let sink = ResponseSink(bodyByteCountMax: request.bodyByteCountMax, receiver: receiver)
        let lent = RequestSource(source, isCancelled: request.isCancelled)
        // Options of the last request go, its connection stays. They point to `headers`, `sink` and
        // `lent`, so they go again before those do.
        unsafe curl_easy_reset(handle)
        defer { unsafe curl_easy_reset(handle) }
        try setLimits(request)
        try set(unsafe recover_setopt_string(handle, CURLOPT_URL, request.url))
        try set(unsafe recover_setopt_list(handle, CURLOPT_HTTPHEADER, headers.first))
        try setTrust(request.trust)
        try setBody(request, source)
        try connect(sink)
        try connect(lent)
        let result = unsafe curl_easy_perform(handle)
        // The peer may answer and close before it has read all: what it said counts.
        if result == CURLE_SEND_ERROR, sink.isComplete { return sink.response }
        guard result == CURLE_OK else { throw failure(result, sink, lent, origin) }
        return sink.response
    }

    private func setLimits(_ request: Request) throws(TransferError) {
        let options: [(CURLoption, Int)] = [
            (CURLOPT_NOSIGNAL, 1),  // Signals and threads do not mix.
            (CURLOPT_FOLLOWLOCATION, 0),
            (CURLOPT_CONNECTTIMEOUT, request.connectTimeoutSeconds),
            (CURLOPT_LOW_SPEED_LIMIT, 1_000),
            (CURLOPT_LOW_SPEED_TIME, request.stallTimeoutSeconds),
            (CURLOPT_BUFFERSIZE, 512 << 10),
            (CURLOPT_UPLOAD_BUFFERSIZE, 512 << 10),
            (CURLOPT_TCP_KEEPALIVE, 1),
            (CURLOPT_NOPROGRESS, 0),
            (CURLOPT_FRESH_CONNECT, request.isRepeatable ? 0 : 1),
        ]
        for (option, value) in options {
            try set(unsafe recover_setopt_long(handle, option, value))
        }
        try set(unsafe recover_setopt_http_only(handle))
        try set(unsafe recover_setopt_string(handle, CURLOPT_PROXY, ""))
    }

    private func setTrust(_ trust: TrustOptions) throws(TransferError) {
        for (option, file) in [
            (CURLOPT_CAINFO, trust.authorityFile), (CURLOPT_SSLCERT, trust.certificateFile),
            (CURLOPT_SSLKEY, trust.keyFile),
        ] {
            guard let file else { continue }
            try set(unsafe recover_setopt_string(handle, option, file))
        }
        // The system's folder would be trusted beside the file.
        if trust.authorityFile != nil {
            try set(unsafe recover_setopt_pointer(handle, CURLOPT_CAPATH, nil))
        }
    }

    private func setBody(
        _ request: Request,
        _ source: (any BodySource)?
    ) throws(TransferError) {
        if let source {
            try set(unsafe recover_setopt_long(handle, CURLOPT_POST, 1))
            let byteCount = Int(clamping: source.byteCount)
            try set(unsafe recover_setopt_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, byteCount))
        } else if let body = request.body {
            try set(unsafe recover_setopt_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, body.count))
            let copied = unsafe body.withUnsafeBytes { bytes in
                let address = unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress)
                return unsafe recover_setopt_pointer(handle, CURLOPT_COPYPOSTFIELDS, address)
            }
            try set(copied)
        }
        if request.method != "GET" || source != nil || request.body != nil {
            try set(unsafe recover_setopt_string(handle, CURLOPT_CUSTOMREQUEST, request.method))
        }
    }

    private func connect(_ sink: ResponseSink) throws(TransferError) {
        let context = unsafe Unmanaged.passUnretained(sink).toOpaque()
        try set(
            unsafe recover_setopt_receiver(
                handle,
                CURLOPT_HEADERFUNCTION,
                ResponseSink.headerReceiver
            )
        )
        try set(
            unsafe recover_setopt_receiver(
                handle,
                CURLOPT_WRITEFUNCTION,
                ResponseSink.bodyReceiver
            )
        )
        try set(unsafe recover_setopt_pointer(handle, CURLOPT_HEADERDATA, context))
        try set(unsafe recover_setopt_pointer(handle, CURLOPT_WRITEDATA, context))
    }

    private func connect(_ lent: RequestSource) throws(TransferError) {
        let context = unsafe Unmanaged.passUnretained(lent).toOpaque()
        try set(unsafe recover_setopt_reader(handle, CURLOPT_READFUNCTION, RequestSource.reader))
        try set(unsafe recover_setopt_seeker(handle, RequestSource.seeker))
        try set(unsafe recover_setopt_progress(handle, RequestSource.watcher))
        for option in [CURLOPT_READDATA, CURLOPT_SEEKDATA, CURLOPT_XFERINFODATA] {
            try set(unsafe recover_setopt_pointer(handle, option, context))
        }
    }

    private func set(_ result: CURLcode) throws(TransferError) {
        guard result == CURLE_OK else {
            throw TransferError(.setup, "libcurl refuses an option", cause: text(result))
        }
    }

    private func failure(
        _ result: CURLcode,
        _ sink: ResponseSink,
        _ lent: RequestSource,
        _ origin: Origin
    ) -> TransferError {
        if lent.wasCancelled {
            return TransferError(.cancelled, "stopped on request while asking \(origin.text)")
        }
        if sink.isStopped || lent.hasFailed {
            return TransferError(.stopped, "the exchange with \(origin.text) was given up")
        }
        guard !sink.isTooLarge else {
            return TransferError(.tooLarge, "the response of \(origin.text) is too large")
        }
        let (code, what): (TransferError.Code, String) =
            switch result {
            case CURLE_COULDNT_RESOLVE_HOST: (.hostNotFound, "no such host")
            case CURLE_COULDNT_CONNECT: (.notReachable, "no connection")
            case CURLE_OPERATION_TIMEDOUT: (.timedOut, "no answer in time")
            case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION: (.notTrusted, "no trust")
            default: (.broken, "no proper answer")
            }
        return TransferError(code, "\(what) from \(origin.text)", cause: text(result))
    }

    private func text(_ result: CURLcode) -> String {
        unsafe String(cString: curl_easy_strerror(result))
    }
}
