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

    /// Sends a GET request and takes the whole response.
    ///
    /// - Parameter request: What to ask for.
    /// - Returns: The response, whatever its status.
    /// - Throws: ``TransferError`` when there is no complete response.
    public mutating func get(_ request: Request) throws(TransferError) -> Response {
        let origin = try Origin(of: request.url)
        let headers = try HeaderList(request.headers, to: origin.text)
        let sink = ResponseSink(bodyByteCountMax: request.bodyByteCountMax)
        // Options of the last request go, its connection stays. They point to `headers` and `sink`,
        // so they go again before those two do.
        unsafe curl_easy_reset(handle)
        defer { unsafe curl_easy_reset(handle) }
        try setLimits(request)
        try set(unsafe recover_setopt_string(handle, CURLOPT_URL, request.url))
        try set(unsafe recover_setopt_list(handle, CURLOPT_HTTPHEADER, headers.first))
        try connect(sink)
        let result = unsafe curl_easy_perform(handle)
        guard result == CURLE_OK else { throw failure(result, sink, origin) }
        var status = 0
        try set(unsafe recover_getinfo_long(handle, CURLINFO_RESPONSE_CODE, &status))
        return Response(status: status, headers: sink.headers, body: sink.body)
    }

    private func setLimits(_ request: Request) throws(TransferError) {
        let options: [(CURLoption, Int)] = [
            (CURLOPT_NOSIGNAL, 1),  // Signals and threads do not mix.
            (CURLOPT_FOLLOWLOCATION, 0),
            (CURLOPT_CONNECTTIMEOUT, request.connectTimeoutSeconds),
            (CURLOPT_LOW_SPEED_LIMIT, 1_000),
            (CURLOPT_LOW_SPEED_TIME, request.stallTimeoutSeconds),
        ]
        for (option, value) in options {
            try set(unsafe recover_setopt_long(handle, option, value))
        }
        try set(unsafe recover_setopt_http_only(handle))
        try set(unsafe recover_setopt_string(handle, CURLOPT_PROXY, ""))
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

    private func set(_ result: CURLcode) throws(TransferError) {
        guard result == CURLE_OK else {
            throw TransferError(.setup, "libcurl refuses an option", cause: text(result))
        }
    }

    private func failure(
        _ result: CURLcode,
        _ sink: ResponseSink,
        _ origin: Origin
    ) -> TransferError {
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
