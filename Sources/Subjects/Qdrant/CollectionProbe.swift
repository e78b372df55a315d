internal import Cryptography

/// Looks at a collection from outside: by what a restore is proven, and a foreign one noticed.
struct CollectionProbe {
    /// How many points are looked at whole.
    static let samplePoints = 12

    let node: QdrantClient
    let collection: String

    /// Looks at it now.
    ///
    /// - Returns: With both counts alike.
    /// - Throws: ``CaptureError``.
    func look() throws(CaptureError) -> StateRecord {
        do throws(QdrantError) {
            let count = try node.count(collection)
            let points = try node.scroll(collection, limit: Self.samplePoints, from: nil).points
            let digest = SHA256.digest(of: JSONValue.array(points).canonicalBytes)
            let uploads = try node.archives(of: collection, shard: nil)
                .filter { $0.checksum == nil }.map(\.name).sorted()
            var state = StateRecord(proof: "exact", countBefore: count, countAfter: count)
            state.sample = digest.hex
            state.uploads = uploads
            return state
        } catch {
            throw ShardCapture.error(error)
        }
    }

    /// Whether somebody uploaded an archive since then.
    func isForeign(_ now: StateRecord, since old: StateRecord?) -> Bool {
        let known = Set(old?.uploads ?? [])
        return !(now.uploads ?? []).allSatisfy { known.contains($0) }
    }

    /// Whether what is seen is what was seen then.
    func isSame(_ now: StateRecord, as old: StateRecord?) -> Bool {
        guard let old, old.proof == "exact", let sample = old.sample else { return false }
        return now.sample == sample && now.countAfter == old.countAfter
    }
}
