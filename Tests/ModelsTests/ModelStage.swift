import Calendars
import Files
import Models
import Support
import Threads

/// A model folder in a private place, with sources to publish from.
struct ModelStage {
    let scratch: Scratch
    let folder: ModelFolder
    var root: Path { folder.settings.path }

    init(zone: Zone = .utc) throws {
        scratch = try Scratch()
        try scratch.folder().makeFolder(Path("models"), mode: 0o755)
        var settings = ModelFolder.Settings(scratch.path.appending("models"))
        settings.zone = zone
        folder = ModelFolder(settings)
    }

    /// Makes a source folder: `model.bin`, and a file in a folder of its own.
    func source(_ name: String, _ content: String) throws -> Path {
        let all = try scratch.folder()
        try all.makeFolder(Path(name), mode: 0o755)
        let made = try all.folder(Path(name))
        try made.open(Path("model.bin"), .create).append(Array(content.utf8))
        try made.makeFolder(Path("tokens"), mode: 0o755)
        try made.folder(Path("tokens")).open(Path("vocab.txt"), .create)
            .append(Array("vocabulary of \(content)".utf8))
        return scratch.path.appending(name)
    }

    // A process that another test starts at this moment holds our locks until its own program runs:
    // hence the wait.
    var publication: Publication {
        Publication(folder, lockWaitSeconds: 5, cancellation: Cancellation()) { _ in }
    }

    var switching: ModelSwitch {
        ModelSwitch(folder, lockWaitSeconds: 5, cancellation: Cancellation()) { _ in }
    }

    var proof: VersionProof {
        VersionProof(folder, cancellation: Cancellation()) { _ in }
    }

    var pruning: Pruning {
        Pruning(folder, lockWaitSeconds: 5, cancellation: Cancellation())
    }

    /// Publishes a version with its name as content.
    @discardableResult
    func publish(_ version: String) throws -> String {
        try publication.run(try source("from-\(version)", version), version: version, why: nil)
            .version
    }

    /// Switches without a health check.
    func use(_ version: String) throws {
        _ = try switching.run(to: version, why: nil) { _ in .passed }
    }

    /// Leaves what a switch leaves that is killed between the rename and its last line.
    func killSwitch(from: String, to: String) throws {
        let seq = try folder.journal().count + 1
        let line = """
            {"action":"switch","from":"\(from)","host":"h","outcome":"intent","seq":\(seq),\
            "time":"2026-01-14T02:10:00+00:00","to":"\(to)","user":"root"}
            """
        try OpenFile(root.appending(".recover/journal.jsonl"), .append)
            .append(Array((line + "\n{\"seq\":9,\"ac").utf8))
        let all = try Directory(root)
        try all.remove(Path("current"))
        try all.makeLink(Path("current"), to: Path(to))
    }

    /// Makes a link below the folder.
    func link(_ name: String, _ target: String) throws {
        let place = root.appending(name)
        try Directory(place.parent).makeLink(place.lastComponent, to: Path(target))
    }

    /// Replaces what a file holds.
    func overwrite(_ path: String, _ content: String) throws {
        let file = try OpenFile(root.appending(path), .update)
        try file.truncate(to: 0)
        try unsafe Array(content.utf8).withUnsafeBytes { try unsafe file.write($0, at: 0) }
    }

    /// All names of the folder, hidden ones too.
    func names() throws -> [String] {
        try Directory(root).names().map(\.description)
    }
}
