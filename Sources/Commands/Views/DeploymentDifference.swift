internal import Deployments

/// What two records of a deployment say differently.
///
/// TAG, images and flags with their values, keys of env files by name: of these no value is in a
/// record.
struct DeploymentDifference: Encodable, Sendable {
    /// An env file whose values changed.
    struct File: Encodable, Sendable {
        var path: String
        /// Keys that came, went, or have another value.
        var changedKeys: [String]

        enum CodingKeys: String, CodingKey {
            case path
            case changedKeys = "changed_keys"
        }
    }

    /// Something with a value in clear.
    struct Change: Encodable, Sendable {
        var name: String
        var before: String?
        var after: String?
    }

    var tag: Change?
    /// What ran, by service.
    var images: [Change]
    var flags: [Change]
    var environmentFiles: [File]
    /// Whether both fingerprints were made with one key; else keys are compared by name alone.
    var isComparable: Bool

    enum CodingKeys: String, CodingKey {
        case tag, images, flags
        case environmentFiles = "environment_files"
        case isComparable = "values_comparable"
    }

    /// Compares.
    ///
    /// - Parameters:
    ///   - before: The earlier record.
    ///   - after: The later record.
    init(_ before: DeploymentRecord, _ after: DeploymentRecord) {
        isComparable =
            before.fingerprintKeyID != nil && before.fingerprintKeyID == after.fingerprintKeyID
        tag =
            Self.changes(
                [after.tag.key: before.tag.value].compactMapValues(\.self),
                [after.tag.key: after.tag.value].compactMapValues(\.self)
            ).first
        images = Self.changes(Self.images(before), Self.images(after))
        flags = Self.changes(Self.flags(before), Self.flags(after))
        environmentFiles = []
        func file(_ path: String, _ record: DeploymentRecord) -> EnvironmentRecord {
            record.environmentFiles.first { $0.path == path }
                ?? EnvironmentRecord(path: path, mode: "", keys: [])
        }
        for path in Set((before.environmentFiles + after.environmentFiles).map(\.path)).sorted() {
            var (old, new) = (file(path, before), file(path, after))
            if !isComparable {
                for index in old.keys.indices { old.keys[index].fingerprint = nil }
                for index in new.keys.indices { new.keys[index].fingerprint = nil }
            }
            // The TAG and flags are told with their values.
            let told = Set(flags.map(\.name) + [tag?.name].compactMap(\.self))
            let keys = new.changedKeys(from: old).filter { !told.contains($0) }
            if !keys.isEmpty { environmentFiles.append(.init(path: path, changedKeys: keys)) }
        }
    }

    /// Whether nothing of it changed, as far as it can be known.
    var isSame: Bool {
        tag == nil && images.isEmpty && flags.isEmpty && environmentFiles.isEmpty
    }

    /// For people.
    var lines: [String] {
        var lines: [String] = []
        if let tag { lines.append("  \(tag.text)") }
        lines += images.map { "  image \($0.shortened.text)" } + flags.map { "  \($0.text)" }
        lines += environmentFiles.map {
            "  keys of \($0.path) that changed: \($0.changedKeys.joined(separator: ", "))"
        }
        if !isComparable {
            lines.append(
                "  values of env files cannot be compared: the fingerprints have no one key"
            )
        }
        return lines.isEmpty ? [] : ["what runs:"] + lines
    }

    private static func images(_ record: DeploymentRecord) -> [String: String] {
        var found: [String: String] = [:]
        for service in record.services {
            found[service.name] = service.runningImageID ?? service.imageID
        }
        return found
    }

    private static func flags(_ record: DeploymentRecord) -> [String: String] {
        record.environmentFiles.reduce(into: [:]) { all, file in
            all.merge(file.features) { first, _ in first }
        }
    }

    private static func changes(_ old: [String: String], _ new: [String: String]) -> [Change] {
        Set(old.keys).union(new.keys).sorted().filter { old[$0] != new[$0] }.map {
            Change(name: $0, before: old[$0], after: new[$0])
        }
    }
}

extension DeploymentDifference.Change {
    fileprivate var text: String { "\(name): \(before ?? "-") -> \(after ?? "-")" }

    /// With digests as people read them.
    fileprivate var shortened: Self {
        .init(
            name: name,
            before: before.map { String($0.prefix(19)) },
            after: after.map { String($0.prefix(19)) }
        )
    }
}
