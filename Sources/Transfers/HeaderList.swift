internal import CCurl

/// A list of header lines in libcurl's form; must outlive the exchange that uses it.
@safe
struct HeaderList: ~Copyable {
    private(set) var first: UnsafeMutablePointer<curl_slist>?

    init(_ headers: [Header], to origin: String) throws(TransferError) {
        unsafe first = nil
        for header in headers {
            guard header.isSendable else {
                throw TransferError(.invalidRequest, "a header for \(origin) cannot be sent")
            }
            // A name with ":" and nothing else would remove the field; ";" sends it empty.
            let line = header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)"
            guard let longer = unsafe curl_slist_append(first, line) else {
                throw TransferError(.setup, "out of memory")
            }
            unsafe first = longer
        }
    }

    deinit { unsafe curl_slist_free_all(first) }
}
