internal import Transfers

/// Compares what two collections are made for, since an upload to a shard compares nothing.
enum ConfigurationComparison {
    /// Why the shards of one collection may not be put into the other.
    ///
    /// - Parameters:
    ///   - kept: The configuration that the snapshot has.
    ///   - live: That of the collection now.
    /// - Returns: A text for each difference that would make points unreadable.
    static func differences(_ kept: JSONValue, _ live: JSONValue) -> [String] {
        let (before, now) = (kept["params"] ?? .null, live["params"] ?? .null)
        var found = vectors("vector", named(before["vectors"]), named(now["vectors"]))
        found += sparse(before["sparse_vectors"], now["sparse_vectors"])
        for (field, standard) in [
            ("shard_number", JSONValue.integer(1)), ("sharding_method", .text("auto")),
        ] {
            let (old, new) = (value(before[field]) ?? standard, value(now[field]) ?? standard)
            if old != new { found.append(difference(field, old, new)) }
        }
        return found
    }

    private static func vectors(
        _ what: String,
        _ before: [String: JSONValue],
        _ now: [String: JSONValue]
    ) -> [String] {
        var found: [String] = []
        for name in Set(before.keys).union(now.keys).sorted() {
            let label = name.isEmpty ? "the \(what)" : "\(what) \(name)"
            guard let old = before[name], let new = now[name] else {
                let place =
                    before[name] == nil ? "only in the live collection" : "only in the snapshot"
                found.append("\(label) is \(place)")
                continue
            }
            for field in ["size", "distance", "datatype", "multivector_config"]
            where plain(old, field) != plain(new, field) {
                found.append(
                    difference("\(field) of \(label)", plain(old, field), plain(new, field))
                )
            }
        }
        return found
    }

    private static func sparse(_ before: JSONValue?, _ now: JSONValue?) -> [String] {
        let (old, new) = (fields(before), fields(now))
        return Set(old.keys).symmetricDifference(new.keys).sorted().map { name in
            "sparse vector \(name) is "
                + (old[name] == nil ? "only in the live collection" : "only in the snapshot")
        }
    }

    /// The vectors by name; a collection with one that has none gives it the empty name.
    private static func named(_ vectors: JSONValue?) -> [String: JSONValue] {
        guard let vectors else { return [:] }
        if vectors["size"] != nil, vectors["distance"] != nil { return ["": vectors] }
        return fields(vectors)
    }

    private static func plain(_ vector: JSONValue, _ field: String) -> JSONValue {
        value(vector[field]) ?? (field == "datatype" ? .text("float32") : .null)
    }

    private static func value(_ value: JSONValue?) -> JSONValue? { value == .null ? nil : value }

    private static func fields(_ value: JSONValue?) -> [String: JSONValue] {
        guard case .object(let fields)? = value else { return [:] }
        return fields
    }

    private static func difference(_ what: String, _ old: JSONValue, _ new: JSONValue) -> String {
        "\(what) is \(text(old)) in the snapshot and \(text(new)) now"
    }

    private static func text(_ value: JSONValue) -> String {
        if case .text(let text) = value { return text }
        return String(decoding: value.canonicalBytes, as: UTF8.self)
    }
}
