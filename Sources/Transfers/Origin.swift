internal import CCurl

/// Scheme, host and port of a URL: the part that may appear in messages.
struct Origin {
    let text: String

    /// Reads a URL as libcurl will.
    init(of url: String) throws(TransferError) {
        guard !url.utf8.contains(0), let parts = unsafe curl_url() else {
            throw TransferError(.invalidRequest, "the URL cannot be read")
        }
        defer { unsafe curl_url_cleanup(parts) }
        let flags = UInt32(CURLU_DISALLOW_USER)
        let result = unsafe curl_url_set(parts, CURLUPART_URL, url, flags)
        guard result == CURLUE_OK else {
            let message =
                result == CURLUE_USER_NOT_ALLOWED
                ? "a URL must not hold a user name or password" : "the URL cannot be read"
            let cause = unsafe String(cString: curl_url_strerror(result))
            throw TransferError(.invalidRequest, message, cause: cause)
        }
        guard
            let scheme = unsafe Self.part(CURLUPART_SCHEME, of: parts),
            let host = unsafe Self.part(CURLUPART_HOST, of: parts),
            let port = unsafe Self.part(CURLUPART_PORT, of: parts)
        else { throw TransferError(.invalidRequest, "the URL names no host") }
        guard scheme == "http" || scheme == "https" else {
            throw TransferError(.invalidRequest, "\(scheme) is neither http nor https")
        }
        text = "\(scheme)://\(host):\(port)"
    }

    private static func part(_ part: CURLUPart, of parts: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        let result = unsafe curl_url_get(parts, part, &text, UInt32(CURLU_DEFAULT_PORT))
        guard result == CURLUE_OK, let text = unsafe text else { return nil }
        defer { unsafe curl_free(text) }
        return unsafe String(cString: text)
    }
}
