import Files
import FoundationEssentials
import Storage
import Testing

@testable import Commands

struct InitTests {
    /// The whole verb on a configuration of its own, since a test cannot change its folder.
    private func run(_ folder: StackFolder, _ arguments: String...) -> Int32 {
        let target = folder.path.appending("recover.yaml").description
        let named = [
            "--config", target, "--compose", folder.path.appending("compose.yml").description,
        ]
        return RecoverCommand.run(
            ["init", "--quiet", "--json"] + named + arguments,
            environment: [:]
        )
    }

    @Test func aNewConfigurationIsPrivateAndUsable() throws {
        let folder = try StackFolder.demo()
        let target = folder.path.appending("recover.yaml")
        #expect(run(folder, "--stack", "s", "--dry-run") == 0)
        #expect(throws: FileError.self) { try FileStatus(of: target) }
        #expect(run(folder, "--stack", "s") == 0)
        #expect(try FileStatus(of: target).mode == 0o600)
        let loaded = try LoadedConfiguration.find(named: target.description, environment: [:])
        #expect(loaded.value.stack == "s" && loaded.value.components.count == 4)
        #expect(loaded.value.repository == folder.path.appending("recover-repository").description)
        _ = try FileStatus(of: folder.path.appending("recover-repository/restore.sh"))
        let names = try Directory(folder.path).names().map(\.description)
        #expect(!names.contains { $0.hasPrefix(".recover-") })
    }

    @Test func aKeptConfigurationGetsItsRepository() throws {
        let folder = try StackFolder.demo()
        let text = "version: 1\nstack: s\nrepository: store\n"
        try folder.write("recover.yaml", text)
        #expect(run(folder, "--dry-run") == 0)
        #expect(throws: FileError.self) { try FileStatus(of: folder.path.appending("store")) }
        for _ in 1...2 { #expect(run(folder, "--stack", "other") == 0) }
        _ = try FileStatus(of: folder.path.appending("store/restore.sh"))
        let kept = try OpenFile(folder.path.appending("recover.yaml"), .read).readAll()
        #expect(kept == Array(text.utf8))
    }

    @Test(arguments: [
        ("--stack", "A B"), ("--repository", "~/x"), ("--repository", "data/models/r"),
        ("--compose", "gone.yml"),
    ])
    func wrongInputIsRefused(option: String, value: String) throws {
        let folder = try StackFolder.demo()
        let isPath = value.hasPrefix("data")
        let given = isPath ? folder.path.appending(value).description : value
        let status = run(folder, option, given)
        #expect(status == ExitStatus.usage.rawValue)
        #expect(throws: FileError.self) {
            try FileStatus(of: folder.path.appending("recover.yaml"))
        }
    }

    @Test func aRepositoryInsideAComponentIsRefused() throws {
        let folder = try StackFolder.demo()
        try folder.write(
            "recover.yaml",
            "version: 1\nstack: s\nrepository: data/r\ncomponents: {d: data}\n"
        )
        #expect(run(folder) == ExitStatus.configuration.rawValue)
        #expect(throws: FileError.self) { try FileStatus(of: folder.path.appending("data/r")) }
    }

    @Test func placesKnowTheirNeighbours() throws {
        let folder = try StackFolder.demo()
        let place = RepositoryPlace(folder.path.appending("not/there/yet"))
        let parts = [(name: "a", path: "\(folder.path)/data"), (name: "b", path: "/proc/*.x")]
        #expect(place.neighbours(among: parts) == ["a"])
        #expect(place.holders(among: parts).isEmpty)
        #expect(
            RepositoryPlace(folder.path.appending("data/r")).holders(among: parts) == ["a"]
        )
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/link",
            withDestinationPath: "data"
        )
        #expect(
            RepositoryPlace(folder.path.appending("link/r")).holders(among: parts) == ["a"]
        )
    }

    @Test func theFileSystemIsTriedAndLeftClean() throws {
        let folder = try StackFolder()
        let probe = try StoreProbe.run(in: folder.path)
        #expect(probe.missing.keys.allSatisfy { !$0.isNeeded } && probe.availableBytes > 0)
        #expect(try Directory(folder.path).names().isEmpty)
    }

    @Test(arguments: StoreProbe.Ability.allCases)
    func whatIsNeededIsRefusedWithItsReason(ability: StoreProbe.Ability) throws {
        let probe = StoreProbe(missing: [ability: "not today"], availableBytes: 1)
        let place = Path("/r")
        guard ability.isNeeded else {
            try RepositoryMaking.refuse(probe, place)
            var outcome = InitOutcome(target: place, repository: place)
            outcome.take(.init(isNew: true, probe: probe))
            #expect(outcome.warnings.isEmpty == (ability.loss == nil))
            return
        }
        let failure = #expect(throws: CommandFailure.self) {
            try RepositoryMaking.refuse(probe, place)
        }
        #expect(failure?.status == .failed && failure?.message.contains("not today") == true)
    }

    @Test func aNewUsersFirstThreeCommands() throws {
        let place = try Workplace()
        try place.write(
            "services: {a: {image: 'a:${TAG}', volumes: ['./data/memory:/m', './data/sqlite:/s']}}",
            to: "compose.yml"
        )
        try place.write("TAG=2026.01.14\n", to: ".env")
        try place.write("note", to: "data/memory/notes.txt")
        try place.write("old", to: "data/sqlite/security.db.backup")
        try place.sql("CREATE TABLE users(name)", in: "data/sqlite/security.db")
        let made = try place.recover("init")
        #expect(made.status == 0, "\(made.errors)")
        #expect(made.output.contains("components: memory, rbac, sqlite"))
        let saved = try place.recover("backup")
        #expect(saved.status == 0, "\(saved.errors)")
        #expect(saved.output.contains("tag=2026.01.14"))
        let again = try place.recover("init")
        #expect(again.status == 0 && again.output.contains("is kept as it is"))
        let below = try place.shell("mkdir below && cd below && recover init")
        #expect(below.status == ExitStatus.notFound.rawValue)
    }
}
