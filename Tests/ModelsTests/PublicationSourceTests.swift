import Calendars
import Files
import Models
import Support
import Testing
import Threads

/// Sources that change, lead astray, or bear names of ours.
@Suite struct PublicationSourceTests {
    private let stage: ModelStage
    private let version = "202601140210"

    init() throws {
        stage = try ModelStage()
    }

    /// A publication that does something once, when the first bytes have been read.
    private func publication(meanwhile act: @escaping @Sendable () throws -> Void) -> Publication {
        let isDone = Monitor(false)
        return Publication(stage.folder, lockWaitSeconds: 5, cancellation: Cancellation()) { _ in
            let isFirst = isDone.change { done in
                defer { done = true }
                return !done
            }
            guard isFirst else { return }
            #expect(throws: Never.self) { try act() }
        }
    }

    private func refusal(of source: Path, _ publication: Publication? = nil) throws -> ModelError {
        let before = try stage.names()
        let error = try #require(throws: ModelError.self) {
            try (publication ?? stage.publication).run(source, version: nil, why: nil)
        }
        let new = Set(try stage.names()).subtracting(before)
        #expect(new.isSubset(of: [".recover"]), "nothing is left of it")
        return error
    }

    /// A run of a trainer: many files of one size and one time, whose bytes tell the run.
    private func run(_ name: String, _ byte: UInt8) throws -> Path {
        let all = try stage.scratch.folder()
        try all.makeFolder(Path(name), mode: 0o755)
        let made = try all.folder(Path(name))
        for number in 0..<60 {
            let file = try made.open(Path("part-\(number)"), .create)
            try file.append([UInt8](repeating: byte, count: 1000))
            try file.setModified(nanoseconds: 1_700_000_000_000_000_000)
        }
        return stage.scratch.path.appending(name)
    }

    @Test func linkThatMovesMeanwhileMixesNoTwoRuns() throws {
        _ = try run("run-a", 0x41)
        _ = try run("run-b", 0x42)
        let place = stage.scratch.path
        let latest = Path("latest")
        try Directory(place).makeLink(latest, to: Path("run-a"))
        let publication = publication {
            try Directory(place).remove(latest)
            try Directory(place).makeLink(latest, to: Path("run-b"))
        }
        _ = try publication.run(place.appending(latest), version: version, why: nil)
        let made = try Directory(stage.root.appending(version))
        for number in 0..<60 {
            let bytes = try made.open(Path("part-\(number)"), .read).readAll()
            #expect(bytes.allSatisfy { $0 == 0x41 })
        }
    }

    @Test func folderThatTakesAnothersPlaceIsNoticed() throws {
        let source = stage.scratch.path.appending("source")
        try stage.scratch.folder().makeFolder(Path("source"))
        for (name, byte) in [("one", 0x41), ("two", 0x42)] as [(String, UInt8)] {
            _ = try run(name, byte)
        }
        try Directory(stage.scratch.path).rename(Path("one"), to: Directory(source), Path("part"))
        let place = stage.scratch.path
        let publication = publication {
            try Directory(source).rename(Path("part"), to: Directory(place), Path("was"))
            try Directory(place).rename(Path("two"), to: Directory(source), Path("part"))
        }
        let error = try refusal(of: source, publication)
        #expect(error.message.contains("changed while it was read"))
    }

    @Test(arguments: ["added", "rewritten", "gone"])
    func folderInPlaceThatIsStillWrittenIsNotMarked(how: String) throws {
        let made = try stage.source("made", "trained")
        let place = stage.root.appending(version)
        try Directory(made.parent)
            .rename(made.lastComponent, to: Directory(stage.root), Path(version))
        let publication = publication {
            let folder = try Directory(place)
            switch how {
            case "added": try folder.open(Path("late.bin"), .create).append([1])
            case "gone": try folder.folder(Path("tokens")).remove(Path("vocab.txt"))
            default:
                // Of the same length and with the time put back, as some copying programs do.
                let time = try folder.status(Path("model.bin")).modifiedNanoseconds
                let file = try folder.open(Path("model.bin"), .update)
                let other = Array("TRAINED".utf8)
                try unsafe other.withUnsafeBytes { try unsafe file.write($0, at: 0) }
                try file.setModified(nanoseconds: time)
            }
        }
        let error = try refusal(of: place, publication)
        #expect(error.message.contains("changed while it was read"))
        #expect(try stage.folder.version(version).state != .ready)
        let names = try Directory(place).names()
        #expect(!names.contains(VersionManifest.fileName) && !names.contains(Path("_SUCCESS")))
    }

    @Test(arguments: ["MANIFEST.sha256", "_SUCCESS"])
    func nameOfOurOwnIsRefused(name: String) throws {
        let file = try stage.scratch.write(Path(name), Array("weights".utf8))
        #expect(try refusal(of: file).code == .invalid)
        let linked = try stage.source("linked", "a")
        try Directory(linked).makeLink(Path(name), to: Path("model.bin"))
        #expect(try refusal(of: linked).code == .invalid)
        let folder = try stage.source("folder", "a")
        try Directory(folder).makeFolder(Path(name))
        #expect(try refusal(of: folder).code == .invalid)
    }

    @Test func folderThatHoldsTheVersionsIsRefused() throws {
        try stage.publish(version)
        for source in [stage.root, stage.root.parent, stage.root.appending("\(version)/..")] {
            let error = try refusal(of: source)
            #expect(error.code == .invalid && error.message.contains("holds the model folder"))
        }
    }

    @Test(arguments: ["s/t/up/../f", "s/t/up/../../out/f", "s/t/up/../../../f"])
    func linkThatLeadsOutByAnotherLinkIsRefused(target: String) throws {
        let source = try stage.source("source", "a")
        for folder in ["e", "e/s", "e/s/t", "e/s/out"] {
            let path = source.appending(folder)
            try Directory(path.parent).makeFolder(path.lastComponent)
        }
        try Directory(source.appending("e/s/t")).makeLink(Path("up"), to: Path(".."))
        // By its text alone the link leads here.
        for holder in ["e", "e/s/t", "e/s/out"] {
            try Directory(source.appending(holder)).open(Path("f"), .create).append([1])
        }
        try Directory(source.appending("e")).makeLink(Path("good"), to: Path("s/t/up/t/f"))
        _ = try stage.publication.run(source, version: nil, why: nil)
        try Directory(source.appending("e")).makeLink(Path("x"), to: Path(target))
        if target == "s/t/up/../f" { try Directory(source.appending("e")).remove(Path("f")) }
        let error = try refusal(of: source)
        #expect(error.code == .invalid && error.message.contains("e/x is a link to"))
    }

    @Test func manifestThatNobodyCouldReadAgainIsRefused() throws {
        let source = stage.scratch.path.appending("deep")
        try stage.scratch.folder().makeFolder(Path("deep"))
        var holder = try Directory(source)
        for _ in 0..<15 {
            let name = Path(String(repeating: "d", count: 250))
            try holder.makeFolder(name)
            holder = try holder.folder(name)
        }
        try holder.open(Path("0"), .create).append([1])
        for number in 1..<17_600 {
            try holder.link(from: holder, Path("0"), as: Path("\(number)"))
        }
        let error = try refusal(of: source)
        #expect(error.code == .invalid && error.message.contains("64 MiB"))
    }
}
