import Files
import Models
import Support
import Testing

/// Links of a version are stated and proven like its files.
@Suite struct VersionLinkTests {
    private let stage: ModelStage
    private let version = "202601140210"

    init() throws {
        stage = try ModelStage()
        let source = try stage.source("source", "a")
        try Directory(source).makeLink(Path("weights"), to: Path("model.bin"))
        try Directory(source).folder(Path("tokens")).makeLink(Path("up"), to: Path("../model.bin"))
        _ = try stage.publication.run(source, version: version, why: nil)
    }

    private func place() throws -> Directory {
        try Directory(stage.root.appending(version))
    }

    @Test func versionWithItsLinksIsIntact() throws {
        let report = try stage.proof.run(version)
        #expect(report.isIntact && report.extra.isEmpty && report.fileCount == 2)
    }

    @Test func linkThatIsGoneIsMissing() throws {
        try place().folder(Path("tokens")).remove(Path("up"))
        #expect(try stage.proof.run(version).missing == [Path("tokens/up")])
        let error = try #require(throws: ModelError.self) { try stage.use(version) }
        #expect(error.code == .damaged && error.message.contains("tokens/up"))
    }

    @Test func linkThatLeadsElsewhereIsDamaged() throws {
        try place().remove(Path("weights"))
        try place().makeLink(Path("weights"), to: Path("tokens/vocab.txt"))
        try place().folder(Path("tokens")).remove(Path("up"))
        try place().folder(Path("tokens")).open(Path("up"), .create).append([1])
        #expect(
            try stage.proof.run(version).damaged == [Path("tokens/up"), Path("weights")]
        )
        let error = try #require(throws: ModelError.self) { try stage.use(version) }
        #expect(error.code == .damaged)
    }

    @Test func versionOfBeforeIsProvenByItsFiles() throws {
        let name = VersionManifest.fileName
        var manifest = try VersionManifest.parse(place().open(name, .read).readAll())
        #expect(manifest.links.count == 2)
        manifest.links = [:]
        try stage.overwrite("\(version)/\(name)", String(decoding: manifest.bytes, as: UTF8.self))
        try place().remove(Path("weights"))
        #expect(try stage.proof.run(version).isIntact)
    }

    @Test func anyNameComesBackAsItWasStated() throws {
        let links = [
            Path("a -> b"): Path("c -> d"), Path("\\>n"): Path("\\n\n\r"), Path("d/>"): Path(">"),
            Path(bytes: [0xFF, 0x20]): Path(bytes: [0x20, 0xFE]),
        ]
        let stated = VersionManifest(version: "1", created: nil, lines: [], links: links)
        #expect(try VersionManifest.parse(stated.bytes) == stated)
        let broken = Array("# recover-model-version 1\n# link: weights\n".utf8)
        #expect(throws: (any Error).self) { try VersionManifest.parse(broken) }
        // What others comment on states nothing.
        let foreign = Array("# link: a -> b\n# link: weights\n".utf8)
        #expect(try VersionManifest.parse(foreign).links.isEmpty)
    }

    @Test func sourceThatIsNotItsManifestsLinksIsRefused() throws {
        try place().remove(Path("weights"))
        try place().makeLink(Path("weights"), to: Path("tokens/vocab.txt"))
        let error = try #require(throws: ModelError.self) {
            try stage.publication.run(stage.root.appending(version), version: nil, why: nil)
        }
        #expect(error.code == .damaged && error.message.contains("weights"))
    }
}
