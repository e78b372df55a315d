internal import Deduplication
internal import Files
internal import Manifests
internal import Monitoring
internal import Subjects

/// Files that the newest snapshot holds and that should still be there: weights, whatever a pattern
/// names, and what only hashes are kept of.
///
/// Other files of a stack come and go, and one that is gone says nothing. Only names and sizes are
/// looked at.
struct LastKnownFiles {
    private static let listedCount = 3

    let component: Component
    let source: FileTreeSource
    let snapshot: Snapshot

    /// Compares; reads the component's part of the manifest.
    ///
    /// - Parameter repository: Of the snapshot.
    /// - Returns: Nil where the snapshot says nothing of such files.
    func check(_ repository: Repository) -> Check? {
        guard let part = snapshot.components[component.name], part.outcome == "captured",
            let root = try? source.resolve(), let folder = try? Directory(root.folder),
            var tree = try? repository.tree(part, name: component.name)
        else { return nil }
        var isPattern = false
        if case .pattern = root.selection { isPattern = true }
        let isAll = isPattern || component.keepsOnlyHashes
        var gone: [String] = []
        var smaller: [String] = []
        var isWeightGone = false
        var count = 0
        while true {
            let next: FileEntry?
            do {
                next = try tree.next()
            } catch {
                let text = "the manifest of snapshot \(snapshot.id) cannot be read: \(error)"
                return Check("files", component.name, .warn, text)
            }
            guard let entry = next else { break }
            let isWeight = ModelFileName.isWeights(entry.path)
            // What the component leaves out by now is no loss.
            guard entry.kind == .file, isAll || isWeight, !source.excludes(entry.path),
                root.selection.includes(entry.path)
            else { continue }
            count += 1
            let status = try? folder.folder(entry.path.parent).status(entry.path.lastComponent)
            if status == nil {
                gone.append(entry.path.description)
                if isWeight || component.keepsOnlyHashes { isWeightGone = true }
            } else if let status, status.kind == .file, status.sizeBytes < entry.sizeBytes,
                entry.database == nil
            {
                smaller.append(entry.path.description)
            }
        }
        return verdict(count, gone: gone, smaller: smaller, isWeightGone: isWeightGone)
    }

    private func verdict(
        _ count: Int,
        gone: [String],
        smaller: [String],
        isWeightGone: Bool
    ) -> Check? {
        if count == 0 { return nil }
        let name = "files"
        if gone.isEmpty, smaller.isEmpty {
            let text = "the \(count) files of snapshot \(snapshot.id) are there"
            return Check(name, component.name, .pass, text)
        }
        var words: [String] = []
        if !gone.isEmpty { words.append("gone: \(Self.listed(gone))") }
        if !smaller.isEmpty { words.append("smaller: \(Self.listed(smaller))") }
        return Check(
            name,
            component.name,
            isWeightGone ? .fail : .warn,
            "of \(count) files of snapshot \(snapshot.id) \(words.joined(separator: "; "))"
        )
    }

    private static func listed(_ names: [String]) -> String {
        let more = names.count - listedCount
        return names.prefix(listedCount).joined(separator: ", ")
            + (more > 0 ? " and \(more) more" : "")
    }
}

/// What weights of models are called.
enum ModelFileName {
    private static let endings = [".gguf", ".safetensors", ".onnx"]

    /// Whether a file holds weights, by its ending.
    static func isWeights(_ path: Path) -> Bool {
        let name = path.lastComponent.description.lowercased()
        return endings.contains { name.hasSuffix($0) }
    }
}
