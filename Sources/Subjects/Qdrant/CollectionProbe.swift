internal import Cryptography
internal import Transfers

/// Looks at a collection from outside: by what a restore is proven, and a foreign one noticed.
struct CollectionProbe {
    /// Of a collection with no more points all are looked at.
    static let samplePoints = 16
    /// How many places there are in each of the two ranges of ids at which a point is looked at.
    private static let places = 8

    let node: QdrantClient
    let collection: String
    /// The restores into it that this machine knows of.
    var restores: [String] = []

    /// Looks at it now.
    ///
    /// - Returns: With both counts alike.
    /// - Throws: ``CaptureError``.
    func look() throws(CaptureError) -> StateRecord {
        do throws(QdrantError) {
            let count = try node.count(collection)
            let points = try sample(of: count)
            let digest = SHA256.digest(of: JSONValue.array(points).canonicalBytes)
            let uploads = try node.archives(of: collection, shard: nil)
                .filter { $0.checksum == nil }.map(\.name).sorted()
            var state = StateRecord(proof: "exact", countBefore: count, countAfter: count)
            state.sample = digest.hex
            state.uploads = uploads
            if !restores.isEmpty { state.restores = restores }
            return state
        } catch {
            throw ShardCapture.error(error)
        }
    }

    /// Points from all over the range of ids: what was restored differs from what was there in
    /// points that were written since, wherever those are.
    private func sample(of count: UInt64) throws(QdrantError) -> [JSONValue] {
        if count <= UInt64(Self.samplePoints) {
            return try node.scroll(collection, limit: Self.samplePoints, from: nil).points
        }
        var found: [String: JSONValue] = [:]
        for offset in try offsets() {
            for point in try node.scroll(collection, limit: 1, from: offset).points {
                let id = point["id"]?.canonicalBytes ?? []
                found[String(decoding: id, as: UTF8.self)] = point
            }
        }
        return found.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Ids at equal distances: numbers up to the power of two above the largest, then UUIDs.
    private func offsets() throws(QdrantError) -> [JSONValue] {
        var low = 0
        var high = UInt64.bitWidth
        while low < high {
            let middle = (low + high) / 2
            if try hasNumber(from: 1 << middle) { low = middle + 1 } else { high = middle }
        }
        let step: UInt64 = low > 3 ? 1 << (low - 3) : 1
        let numbers = (0..<Self.places).map { JSONValue.natural(UInt64($0) * step) }
        let identifiers = (0..<Self.places).map { place in
            JSONValue.text("\(String(place * 2, radix: 16))0000000-0000-0000-0000-000000000000")
        }
        return numbers + identifiers
    }

    /// Whether some id is a number and no smaller than this: numbers come before UUIDs.
    private func hasNumber(from id: UInt64) throws(QdrantError) -> Bool {
        let page = try node.scroll(collection, limit: 1, from: .natural(id), isWhole: false)
        return switch page.points.first?["id"] {
        case .integer, .natural: true
        default: false
        }
    }

    /// Whether somebody uploaded an archive since then, or we restored one.
    func isForeign(_ now: StateRecord, since old: StateRecord?) -> Bool {
        let known = Set((old?.uploads ?? []) + (old?.restores ?? []))
        return !((now.uploads ?? []) + (now.restores ?? [])).allSatisfy { known.contains($0) }
    }

    /// Whether what is seen is what was seen then.
    func isSame(_ now: StateRecord, as old: StateRecord?) -> Bool {
        guard let old, old.proof == "exact", let sample = old.sample else { return false }
        return now.sample == sample && now.countAfter == old.countAfter
    }
}
