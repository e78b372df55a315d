internal import Deduplication
internal import Recovery

extension Snapshot.Component.Elsewhere {
    /// For people: how many files, and how long they are.
    var text: String {
        "\(files) file\(files == 1 ? "" : "s") of \(ByteText.text(sizeBytes))"
    }
}

extension Snapshot {
    /// What of some components is to be fetched elsewhere.
    ///
    /// - Parameter names: Components of this snapshot.
    /// - Returns: Nil where their content is in the repository.
    func elsewhere(in names: [String]) -> Component.Elsewhere? {
        let found = names.compactMap { components[$0]?.elsewhere }
        if found.isEmpty { return nil }
        return .init(
            files: found.reduce(0) { $0 + $1.files },
            sizeBytes: found.reduce(0) { $0 + $1.sizeBytes }
        )
    }
}

extension FetchList {
    /// How much it lists; nil for nothing.
    var counted: Snapshot.Component.Elsewhere? {
        fileCount == 0 ? nil : .init(files: fileCount, sizeBytes: sizeBytes)
    }
}
