import Calendars
import Cryptography
import Files
import Models
import Support
import Testing

@Suite struct PublicationTests {
    @Test func versionIsWholeReadyAndProven() throws {
        let stage = try ModelStage()
        try stage.publish("202601140210")
        let version = try stage.folder.version("202601140210")
        #expect(version.state == .ready)
        #expect(version.hasManifest && version.isCreationRecorded)
        #expect(version.fileCount == 2)
        let report = try stage.proof.run("202601140210")
        #expect(report.isIntact && report.extra.isEmpty)
        #expect(report.fileCount == 2)
        #expect(try stage.names() == [".recover", "202601140210"])
    }

    @Test func plainFilesAreProvenByWhatLiesBesideThem() throws {
        let stage = try ModelStage()
        let root = try stage.scratch.folder().folder(Path("models"))
        let digest = SHA256.digest(of: Array("whole".utf8)).hex
        for (name, text) in [
            ("a.gguf", "whole"), ("a.gguf.sha256", "\(digest)  a.gguf\n"), ("b.gguf", "hole"),
            ("b.gguf.sha256", "\(digest)  b.gguf\n"), ("c.gguf", "whole"),
            ("d.gguf.sha256", "\(digest)  d.gguf\n"), ("notes.txt", "whole"),
        ] {
            try root.open(Path(name), .create).append(Array(text.utf8))
        }
        let plain = try PlainFiles(in: stage.folder, Glob("/*.gguf"))
        #expect(plain.files.map(\.name.description) == ["a.gguf", "b.gguf", "c.gguf"])
        #expect(plain.files.map(\.isStated) == [true, true, false])
        let report = try stage.proof.run(plain)
        #expect(report.damaged == [Path("b.gguf")])
        #expect(report.missing == [Path("d.gguf")])
        #expect(report.extra == [Path("c.gguf")])
        #expect(report.fileCount == 2 && !report.isIntact)
    }

    @Test func takenMinuteGivesTheNextFreeOne() throws {
        let stage = try ModelStage()
        let first = try stage.publication.run(try stage.source("a", "a"), version: nil, why: nil)
        let second = try stage.publication.run(try stage.source("b", "b"), version: nil, why: nil)
        let third = try stage.publication.run(try stage.source("c", "c"), version: nil, why: nil)
        #expect(Set([first.version, second.version, third.version]).count == 3)
        // In order of creation, which the names alone would not promise.
        let listed = try stage.folder.versions()
        #expect(listed.map(\.name) == [first.version, second.version, third.version])
        #expect(listed.allSatisfy { $0.isCreationRecorded })
    }

    @Test func minuteIsThatOfTheZone() throws {
        let stage = try ModelStage(zone: try #require(Zone("Asia/Seoul")))
        let made = try stage.publication.run(try stage.source("a", "a"), version: nil, why: nil)
        let time = try #require(VersionPattern.standard.time(of: made.version))
        let named = stage.folder.settings.zone.moment(of: time)
        #expect(abs(named.secondsSince1970 - Moment.now.secondsSince1970) < 180)
    }

    @Test func versionThatExistsIsRefused() throws {
        let stage = try ModelStage()
        try stage.publish("202601140210")
        let again = try stage.source("again", "other")
        let error = try #require(throws: ModelError.self) {
            try stage.publication.run(again, version: "202601140210", why: nil)
        }
        #expect(error.code == .exists)
        #expect(try stage.names() == [".recover", "202601140210"])
    }

    @Test(arguments: ["2026", "202613010000", "20260114021", "latest", "../x"])
    func nameThatIsNoTimeIsRefused(name: String) throws {
        let stage = try ModelStage()
        let source = try stage.source("a", "a")
        let error = try #require(throws: ModelError.self) {
            try stage.publication.run(source, version: name, why: nil)
        }
        #expect(error.code == .invalid)
        #expect(try stage.names().isEmpty)
    }

    @Test func emptyFolderIsRefused() throws {
        let stage = try ModelStage()
        try stage.scratch.folder().makeFolder(Path("empty"))
        let error = try #require(throws: ModelError.self) {
            try stage.publication.run(stage.scratch.path.appending("empty"), version: nil, why: nil)
        }
        #expect(error.code == .invalid)
        #expect(try stage.names().isEmpty)
    }

    @Test func linkToOutsideIsRefusedAndOneWithinIsKept() throws {
        let stage = try ModelStage()
        let good = try stage.source("good", "a")
        try Directory(good).makeLink(Path("weights"), to: Path("model.bin"))
        let made = try stage.publication.run(good, version: "202601140210", why: nil)
        let version = try Directory(stage.root.appending(made.version))
        #expect(try version.linkTarget(Path("weights")) == Path("model.bin"))
        let bad = try stage.source("bad", "b")
        try Directory(bad).makeLink(Path("weights"), to: Path("../good/model.bin"))
        let error = try #require(throws: ModelError.self) {
            try stage.publication.run(bad, version: nil, why: nil)
        }
        #expect(error.code == .invalid)
    }

    @Test func sourceThatIsNotItsManifestIsRefused() throws {
        let stage = try ModelStage()
        let source = try stage.source("a", "a")
        let wrong = String(repeating: "0", count: 64) + "  ./model.bin\n"
        try Directory(source).open(Path("MANIFEST.sha256"), .create).append(Array(wrong.utf8))
        let error = try #require(throws: ModelError.self) {
            try stage.publication.run(source, version: nil, why: nil)
        }
        #expect(error.code == .damaged)
        #expect(!(try stage.names()).contains { $0.hasPrefix("2") || $0.hasPrefix(".recover-") })
    }

    @Test func folderOfATrainerIsAdoptedInPlace() throws {
        let stage = try ModelStage()
        let made = try stage.source("made", "trained")
        try Directory(stage.scratch.path).rename(
            made.lastComponent,
            to: Directory(stage.root),
            Path("202601140210")
        )
        #expect(throws: ModelError.self) { try stage.proof.run("202601140210") }
        let outcome = try stage.publication.run(
            stage.root.appending("202601140210"),
            version: nil,
            why: nil
        )
        #expect(outcome.isAdopted && outcome.version == "202601140210")
        #expect(try stage.proof.run("202601140210").isIntact)
        #expect(try stage.folder.version("202601140210").state == .ready)
    }

    @Test func singleFileBecomesAVersion() throws {
        let stage = try ModelStage()
        let file = try stage.scratch.write(Path("tiny.gguf"), Array("GGUF".utf8))
        let made = try stage.publication.run(file, version: nil, why: nil)
        let version = try Directory(stage.root.appending(made.version))
        #expect(try version.open(Path("tiny.gguf"), .read).readAll() == Array("GGUF".utf8))
    }
}
