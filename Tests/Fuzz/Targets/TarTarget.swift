import Archiving

@testable import Subjects

/// A tar is cut alike however it comes, accounts for each of its bytes and is never taken for
/// complete where it is not; what is kept of it comes back.
///
/// Also with sums of headers as they must be: a fuzzer does not guess them.
func checkTar(_ input: [UInt8]) throws(Violation) {
    try checkTar(exactly: input)
    let correct = summed(input)
    if correct != input { try checkTar(exactly: correct) }
}

private func checkTar(exactly bytes: [UInt8]) throws(Violation) {
    let whole = try TarCut(bytes) { bytes.count }
    var random = Lengths(bytes)
    let pieces = try TarCut(bytes) { random.next() }
    try require(pieces == whole, "a tar in pieces is cut otherwise than in one")
    let passed = try TarCut(bytes, skipping: true) { random.next() }
    try require(passed == whole, "a tar is cut otherwise where its data are passed over")
    if whole.isComplete, !bytes.isEmpty {
        let length = (random.next() &* 512 &+ random.next()) % bytes.count
        let part = try TarCut(Array(bytes[..<length])) { length }
        try require(
            !part.isComplete || bytes[length...].allSatisfy { $0 == 0 },
            "the first \(length) bytes of a tar are taken for all of it"
        )
    }
    try checkKept(bytes, whole, &random)
    try checkShard(bytes, whole, &random)
}

/// A tar that was kept comes back, and its members are found in it whatever it is kept in.
private func checkKept(
    _ bytes: [UInt8],
    _ cut: TarCut,
    _ random: inout Lengths
) throws(Violation) {
    let kept = KeptTar()
    let stream = ShardStream(into: kept, KeepsAll())
    let isKept = stream.takes(bytes, &random)
    try require(isKept == cut.isComplete, "what is kept is not what is cut")
    for content in [kept, KeptTar(bytes, &random)] where isKept || content !== kept {
        if content === kept { try require(kept.bytes == bytes, "a tar comes back otherwise") }
        let index = try? TarIndex(content)
        try require(
            (index != nil) == cut.isComplete,
            "a kept tar is read otherwise than a sent one"
        )
        guard let index else { continue }
        for depth in 0...1 {
            try require(
                Set(index.places.map(\.member.name)).isSuperset(
                    of: cut.members.filter { $0.depth == depth }.map(\.name)
                ),
                "members are missing in the index of a tar"
            )
        }
        try require(
            index.places.filter { $0.holder == nil }.map(\.range.upperBound) == cut.ends,
            "a member lies elsewhere in the index of a tar"
        )
        for place in index.places {
            try require(
                place.headerBytes >= 512 && place.headerBytes <= UInt64(place.range.count),
                "the headers of a member lie elsewhere"
            )
        }
    }
}

/// A shard that was proven has what its manifests name, also after it was put together.
private func checkShard(
    _ bytes: [UInt8],
    _ cut: TarCut,
    _ random: inout Lengths
) throws(Violation) {
    let shape = ShardShape()
    let kept = KeptTar()
    let stream = ShardStream(into: kept, shape)
    guard stream.takes(bytes, &random), (try? shape.prove()) != nil else { return }
    try require(cut.isComplete, "a shard is proven whose tar is not complete")
    let names = Set(cut.members.map(\.name))
    for needed in ["replica_state.json", "shard_config.json"] {
        try require(names.contains(needed), "a shard is proven without \(needed)")
    }
    for file in shape.manifests.values.flatMap(\.files) {
        try require(names.contains { $0.hasSuffix(file) }, "a shard is proven without \(file)")
    }
    try require(
        try TarCut(kept.bytes) { kept.bytes.count }.isComplete,
        "a shard without its manifests is no tar"
    )
    try require(
        !shape.manifests.isEmpty || kept.bytes == bytes,
        "a shard without manifests comes back otherwise"
    )
    try checkMerge(bytes, onto: kept, shape, &random)
}

/// An increment put onto a parent, here onto the same without some member, is a whole shard with
/// the files it was said to have.
private func checkMerge(
    _ bytes: [UInt8],
    onto parent: KeptTar,
    _ shape: ShardShape,
    _ random: inout Lengths
) throws(Violation) {
    let merged = KeptTar()
    guard let merge = try? ShardMerge(onto: parent, shape.manifests, into: merged),
        let places = (try? TarIndex(KeptTar(bytes, &random)))?.places.filter({ $0.holder == nil }),
        !places.isEmpty
    else { throw Violation("a kept shard cannot be built upon") }
    let unsent = places[random.next() % places.count].range
    let sent = Array(bytes[..<Int(unsent.lowerBound)] + bytes[Int(unsent.upperBound)...])
    let stream = ShardStream(into: merged, merge)
    guard stream.takes(sent, &random), (try? merge.shape.prove()) != nil else { return }
    let again = ShardShape()
    let reading = ShardStream(into: KeptTar(), again)
    try require(
        reading.takes(merged.bytes, &random) && (try? again.prove()) != nil,
        "a merged shard is not whole"
    )
    try require(
        again.files == merge.shape.files,
        "a merged shard has other files than it was said to"
    )
}
