internal import Transfers

/// Archives that the server makes, keeps and hands out: of a collection, or of one shard.
extension QdrantClient {
    /// The archives that the server keeps.
    ///
    /// - Parameters:
    ///   - collection: The collection.
    ///   - shard: One of its shards; nil for those of the whole collection.
    /// - Returns: As the server lists them.
    /// - Throws: ``QdrantError``.
    public func archives(
        of collection: String,
        shard: Int?
    ) throws(QdrantError) -> [QdrantArchive] {
        try listing(of: collection, shard: shard).archives
    }

    /// The same, with what the server's clock says.
    ///
    /// - Parameters:
    ///   - collection: The collection.
    ///   - shard: One of its shards; nil for those of the whole collection.
    /// - Returns: Archives, and the time in seconds since 1970 where the answer states it.
    /// - Throws: ``QdrantError``.
    func listing(
        of collection: String,
        shard: Int?
    ) throws(QdrantError) -> (archives: [QdrantArchive], seconds: Int64?) {
        let call = Call("GET", path(collection, shard: shard) + "/snapshots")
        let response = try answer(call)
        return (
            try result(of: response, call, as: [QdrantArchive].self),
            response.header("date").flatMap(ServerTime.header)
        )
    }

    /// Lets the server make an archive, and waits for it.
    ///
    /// Sent once. Where the answer is lost the server goes on: then the archive that appears in
    /// the list is taken for ours, and no second one is made.
    ///
    /// - Parameters:
    ///   - collection: The collection.
    ///   - shard: One of its shards; nil for the whole collection.
    ///   - known: The names that were there before; nil to ask for them.
    /// - Returns: What was made; to be deleted with ``deleteArchive(_:of:shard:)``.
    /// - Throws: ``QdrantError``; `timedOut` where it did not appear: it may, later.
    public func createArchive(
        of collection: String,
        shard: Int?,
        besides known: [String]? = nil
    ) throws(QdrantError) -> QdrantArchive {
        var before = Set(known ?? [])
        if known == nil {
            before = Set(try archives(of: collection, shard: shard).map(\.name))
        }
        var call = Call("POST", path(collection, shard: shard) + "/snapshots?wait=true")
        call.isRepeatable = false
        call.patienceSeconds = address.creationSeconds
        do throws(QdrantError) {
            return try result(call, as: QdrantArchive.self)
        } catch {
            let isLost =
                switch error.code {
                case .unreachable, .timedOut, .notQdrant: true
                case .server: [502, 503, 504].contains(error.status)
                default: false
                }
            guard isLost, let found = try adopted(before, collection, shard) else { throw error }
            return found
        }
    }

    /// The one archive that is new in the list and no longer grows.
    private func adopted(
        _ before: Set<String>,
        _ collection: String,
        _ shard: Int?
    ) throws(QdrantError) -> QdrantArchive? {
        var last: QdrantArchive?
        for attempt in 1...(address.retryLimit + 2) {
            wait(attempt)
            if isCancelled { return nil }
            let new = try archives(of: collection, shard: shard).filter {
                !before.contains($0.name) && $0.name.hasPrefix(collection)
            }
            // Two at once: one is somebody else's, and nobody can say which.
            guard new.count == 1, let found = new.first else {
                last = nil
                continue
            }
            if found == last { return found }
            last = found
        }
        return nil
    }

    /// Deletes an archive; one that is gone is deleted.
    ///
    /// - Parameters:
    ///   - name: Its file name.
    ///   - collection: The collection.
    ///   - shard: One of its shards; nil for the whole collection.
    /// - Throws: ``QdrantError``.
    public func deleteArchive(
        _ name: String,
        of collection: String,
        shard: Int?
    ) throws(QdrantError) {
        let place = path(collection, shard: shard) + "/snapshots/" + Self.escaped(name)
        do throws(QdrantError) {
            _ = try result(Call("DELETE", place + "?wait=true"), as: Bool.self)
        } catch {
            guard error.code == .notFound else { throw error }
        }
    }

    /// Downloads an archive, and goes on where a connection broke.
    ///
    /// - Parameters:
    ///   - archive: What to download.
    ///   - collection: The collection.
    ///   - shard: One of its shards; nil for the whole collection.
    ///   - consumer: Takes each byte once and in order.
    /// - Throws: ``QdrantError``; `changed` where the rest would be that of another file.
    public func download(
        _ archive: QdrantArchive,
        of collection: String,
        shard: Int?,
        to consumer: any ByteConsumer
    ) throws(QdrantError) {
        let place = path(collection, shard: shard) + "/snapshots/" + Self.escaped(archive.name)
        let receiver = DownloadReceiver(sizeBytes: archive.size, consumer)
        var attempt = 0
        while true {
            var call = Call("GET", place)
            call.isRepeatable = false
            if receiver.takenBytes > 0 {
                call.headers = [Header("Range", "bytes=\(receiver.takenBytes)-")]
            }
            let before = receiver.takenBytes
            do throws(QdrantError) {
                try answer(call, to: receiver)
                if let fault = receiver.fault { throw QdrantError(.changed, fault) }
                guard receiver.takenBytes == archive.size else {
                    throw QdrantError(
                        .unreachable,
                        "\(archive.name) ended at byte \(receiver.takenBytes) of \(archive.size)"
                    )
                }
                return
            } catch {
                if let fault = receiver.fault { throw QdrantError(.changed, fault, cause: error) }
                guard [.unreachable, .timedOut].contains(error.code), !isCancelled else {
                    throw error
                }
                // What moves on may fail as often as it must.
                attempt = receiver.takenBytes > before ? 1 : attempt + 1
                guard attempt <= address.retryLimit else { throw error }
                wait(attempt)
            }
        }
    }
}

/// Puts the pieces of a download together, and watches that they are of one file.
final class DownloadReceiver: BodyReceiver {
    private let sizeBytes: UInt64
    private let consumer: any ByteConsumer
    private(set) var takenBytes: UInt64 = 0
    private(set) var fault: String?
    private var entityTag: String?
    /// Bytes of a whole answer that were taken before.
    private var surplus: UInt64 = 0

    init(sizeBytes: UInt64, _ consumer: any ByteConsumer) {
        self.sizeBytes = sizeBytes
        self.consumer = consumer
    }

    func accepts(_ head: Response) -> Bool {
        guard head.status == 200 || head.status == 206 else { return false }
        let tag = head.header("etag")
        surplus = 0
        if takenBytes == 0 {
            entityTag = tag
            return true
        }
        // A server that ignores If-Range sends the rest of whatever bears the name now.
        if tag == nil || tag != entityTag {
            fault = "the archive changed while it was downloaded"
        } else if head.status == 200 {
            surplus = takenBytes
        } else if head.header("content-range")?.hasPrefix("bytes \(takenBytes)-") != true {
            fault = "the server sent another part of the archive than was asked for"
        }
        return true
    }

    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if fault != nil { return false }
        let known = Int(min(surplus, UInt64(bytes.count)))
        surplus -= UInt64(known)
        let new = unsafe UnsafeRawBufferPointer(rebasing: bytes[known...])
        if unsafe new.isEmpty { return true }
        takenBytes += UInt64(new.count)
        guard takenBytes <= sizeBytes else {
            fault = "the archive is longer than the server listed it"
            return false
        }
        return unsafe consumer.take(new)
    }
}
