import Files
import Testing

@testable import Commands
@testable import Deployments

struct ComposeFilesTests {
    struct Choice: CustomTestStringConvertible {
        let files: [String]
        let chosen: [String]
        var isGuess = false
        var composeFile: String?
        var testDescription: String { files.joined(separator: " ") }
    }

    @Test(arguments: [
        Choice(files: [], chosen: []),
        Choice(files: ["compose.yml", "compose.p3.yml"], chosen: ["compose.yml"]),
        Choice(
            files: ["compose.yml", "compose.override.yml"],
            chosen: ["compose.yml", "compose.override.yml"]
        ),
        Choice(files: ["docker-compose.prod.yml"], chosen: ["docker-compose.prod.yml"]),
        Choice(files: ["docker/compose.p3.yml"], chosen: ["docker/compose.p3.yml"]),
        Choice(
            files: ["docker/compose.p1.yml", "docker/compose.p33.yml"],
            chosen: ["docker/compose.p33.yml"],
            isGuess: true
        ),
        Choice(
            files: ["a/compose.yml", "compose.yaml"],
            chosen: ["a/compose.yml"],
            composeFile: "a/compose.yml"
        ),
        Choice(files: ["compose.yaml"], chosen: ["compose.yaml"], composeFile: "gone.yml"),
        Choice(files: ["recover.yaml", "composer.yml", "compose.txt"], chosen: []),
    ])
    func choices(_ row: Choice) throws {
        // The longer the name, the more the file describes.
        let folder = try StackFolder(Dictionary(uniqueKeysWithValues: row.files.map { ($0, $0) }))
        let variables = row.composeFile.map { ["COMPOSE_FILE": $0] } ?? [:]
        let found = ComposeFiles(in: folder.path, variables: variables) { [] }
        #expect(found.chosen == row.chosen.map { folder.path.appending($0) })
        #expect(found.isGuess == row.isGuess)
        #expect(found.base == found.chosen.first?.parent ?? folder.path)
    }

    @Test func runningContainersDecide() throws {
        let folder = try StackFolder(["compose.yml": "", "docker/compose.p3.yml": "name: x"])
        let file = folder.path.appending("docker/compose.p3.yml")
        let lines = """
            other\t/elsewhere/compose.yml\t/elsewhere
            suite\t\(file)\t\(folder.path)
            suite\t\(file)\t\(folder.path)
            plain\t\(folder.path.appending("compose.yml"))\t\(folder.path)
            \t\t
            """
        let projects = RunningProject.parse(lines)
        #expect(projects.map(\.containerCount) == [1, 2, 1])
        let found = folder.detect(running: projects)
        #expect(found.files.chosen == [file] && found.files.base == folder.path)
        #expect(found.stackName == "suite")
        #expect(found.files.others == [folder.path.appending("compose.yml")])
        #expect(!found.warnings.contains { $0.code == "compose-guess" })
    }

    @Test func theEnvFileThatSetsTheTagIsInUse() throws {
        let folder = try StackFolder([
            "compose.yml": "services: {a: {image: 'a:${TAG}'}}", ".env": "A=1",
            ".env.prod": "TAG=5\nSECRET=hidden-value\n", ".env.example": "TAG=",
        ])
        let found = folder.detect()
        #expect(found.environment.file == folder.path.appending(".env.prod"))
        #expect(found.environment.sample == folder.path.appending(".env.example"))
        #expect(found.tagKey == "TAG")
        #expect(Set(found.warnings.map(\.code)).isSuperset(of: ["env-guess", "env-mode"]))
        #expect(!folder.draft(found).text.contains("hidden-value"))
    }

    @Test func laterFilesChangeEarlierOnes() throws {
        let folder = try StackFolder([
            "compose.yml": "services: {a: {image: x, volumes: ['./a:/t', './b:/u']}}",
            "compose.override.yml": "services: {a: {volumes: ['./c:/t']}, b: {image: y}}",
        ])
        let files = folder.detect().files.chosen
        let stack = ComposeStack(files: files, base: folder.path, variables: [:])
        #expect(stack.services.map(\.name) == ["a", "b"])
        #expect(stack.services[0].image == "x")
        #expect(stack.services[0].mounts.map(\.target) == ["/u", "/t"])
        #expect(stack.services[0].mounts[1].source == .host(folder.path.appending("c")))
    }

    @Test func aBrokenFileIsNamedAndTheRestIsFound() throws {
        let folder = try StackFolder(["compose.yml": "services: [\n"])
        try folder.database("data/app.db")
        let found = folder.detect()
        #expect(
            found.warnings.contains { $0.code == "compose" && $0.message.contains("compose.yml") }
        )
        #expect(components(folder.draft(found)) == ["data data"])
    }
}
