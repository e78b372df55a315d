public import Transfers

extension QdrantClient {
    /// Uploads an archive over a shard, or over a collection.
    ///
    /// What was there is gone from when the server has read the archive. The checksum is always
    /// sent: without it a cut archive may be loaded as a smaller one. Sent once.
    ///
    /// - Parameters:
    ///   - archive: The archive.
    ///   - checksum: Its SHA-256 in hexadecimal digits.
    ///   - name: What the server calls it; a collection's archive stays there under this name.
    ///   - collection: The collection, no alias.
    ///   - shard: One of its shards; nil for the whole collection.
    /// - Throws: ``QdrantError``; success says nothing about points: count them.
    public func upload(
        _ archive: any BodySource,
        checksum: String,
        as name: String,
        to collection: String,
        shard: Int?
    ) throws(QdrantError) {
        let form = FormUpload(field: "snapshot", fileName: name, file: archive)
        let query = "?wait=true&priority=snapshot&checksum=\(checksum)"
        var call = Call("POST", path(collection, shard: shard) + "/snapshots/upload" + query)
        call.headers = [
            Header("Content-Type", form.contentType), Header("Expect", "100-continue"),
        ]
        call.isRepeatable = false
        call.patienceSeconds = address.creationSeconds
        try answer(call, from: form)
    }
}
