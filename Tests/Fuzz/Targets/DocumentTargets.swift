import Cryptography
import Storage
import Support

@testable import Commands
@testable import Deduplication

/// A snapshot with a wrong digest is refused; a readable one is written so that it reads as the
/// same, and every view of it can be made.
func checkSnapshot(_ input: [UInt8]) throws(Violation) {
    let bytes = withDigest(input)
    guard var snapshot = try? Snapshot.decode(bytes, name: "snapshots/x") else { return }
    guard let encoded = try? snapshot.encoded(),
        var again = try? Snapshot.decode(encoded, name: "snapshots/x")
    else { throw Violation("a snapshot is written so that it is refused") }
    let stated = snapshot.digest ?? ""
    snapshot.digest = nil
    again.digest = nil
    try require(again == snapshot, "a snapshot changes when it is written and read")

    let digit = stated.hasPrefix("0") ? "1" : "0"
    let wrong = String(decoding: bytes, as: UTF8.self)
        .replacing(stated, with: digit + stated.dropFirst())
    try require(
        (try? Snapshot.decode(Array(wrong.utf8), name: "snapshots/x")) == nil,
        "a snapshot with a wrong digest is read"
    )

    let objects = repository([snapshot.id.objectName: bytes])
    guard let repository = try? Repository(MemoryStore(objects)) else {
        throw Violation("a repository with a snapshot cannot be opened")
    }
    for text in ["latest", "latest:\(snapshot.tag ?? "x")", snapshot.id.text] {
        if let found = try? repository.snapshot(text, stack: snapshot.stack) {
            try require(found.id == snapshot.id, "another snapshot is found than is there")
        }
    }
    guard let standings = try? SnapshotStandings(repository) else {
        throw Violation("nothing can be told of a snapshot")
    }
    _ = SnapshotDetails(snapshot, previous: nil, standings[snapshot.id]).lines
    if let configuration = try? repository.configuration(of: snapshot) {
        throw Violation("a configuration of \(configuration.count) bytes comes from nowhere")
    }
}

/// A repository of another format, or whose settings lack their digest, is not opened.
func checkSettings(_ input: [UInt8]) throws(Violation) {
    for objects in [
        ["FORMAT": formatLine, "config.json": withDigest(input)],
        repository(["facts/pins/x.json": input, "facts/damaged/x.json": input]),
        repository(["snapshots/x.json": input, "forgotten/x.json": input, "index/x.idx": input]),
    ] {
        guard let repository = try? Repository(MemoryStore(objects)) else { continue }
        _ = try? repository.facts(.pin)
        _ = try? repository.facts(.damage)
        if let listed = try? repository.listSnapshots() {
            _ = try? SnapshotChain.gaps(listed, MemoryStore(objects))
        }
    }
    if input == formatLine { return }
    let foreign = ["FORMAT": input, "config.json": honestSettings]
    try require((try? Repository(MemoryStore(foreign))) == nil, "a foreign format is opened")
    if (try? Repository(MemoryStore(["FORMAT": formatLine, "config.json": input]))) != nil {
        let text = String(decoding: input, as: UTF8.self)
        try require(text.contains("\"digest\":\""), "settings without a digest are believed")
    }
}

private let formatLine = Array(RepositorySettings.formatLine.utf8)

private let honestSettings = withDigest(
    Array(
        (#"{"chunk_bytes_max":4194304,"created_at":"2026-01-14T02:10:00+00:00","digest":"","#
            + #""features":[],"id":"0123456789abcdef0123456789abcdef","meta_pack_bytes":4194304,"#
            + #""pack_bytes":67108864,"schema":"recover-repository/1"}"#).utf8
    )
)

/// These objects and what makes them a repository.
func repository(_ objects: [String: [UInt8]]) -> [String: [UInt8]] {
    objects.merging(["FORMAT": formatLine, "config.json": honestSettings]) { first, _ in first }
}

/// The document with the digest that it should have: a fuzzer does not guess digests.
private func withDigest(_ input: [UInt8]) -> [UInt8] {
    let mark = Array("\"digest\":\"".utf8)
    guard let start = lastIndex(of: mark, in: input) else { return input }
    let rest = input[(start + mark.count)...]
    guard let end = rest.firstIndex(of: 0x22) else { return input }
    let head = input[..<start]
    var tail = input[(end + 1)...]
    if tail.first == 0x2C { tail = tail.dropFirst() }
    let digest = SHA256.digest(of: Array(head + tail)).hexBytes
    return Array(head) + mark + digest + Array(input[end...])
}

private func lastIndex(of mark: [UInt8], in bytes: [UInt8]) -> Int? {
    guard bytes.count >= mark.count else { return nil }
    return (0...(bytes.count - mark.count)).last {
        bytes[$0] == mark[0] && bytes[$0...].starts(with: mark)
    }
}
