import Files
import Support
import Testing

@testable import Deployments

/// What is read of files and of answers; the programs themselves are tried end to end.
struct ComposeTests {
    private func stack(_ text: String, _ variables: [String: String] = [:]) throws -> ComposeStack {
        let scratch = try Scratch()
        let file = try scratch.write(Path("compose.yml"), Array(text.utf8))
        return ComposeStack(files: [file], base: scratch.path, variables: variables)
    }

    @Test func servicesStartAfterWhatTheyNeed() throws {
        let found = try stack(
            """
            services:
              web: {image: w, depends_on: [api, cache]}
              api: {image: a, depends_on: {db: {condition: service_healthy}}}
              db: {image: d}
              cache: {image: c, depends_on: [gone]}
              one: {image: o, depends_on: [two]}
              two: {image: t, depends_on: [one]}
            """
        )
        #expect(found.startLevels == [["db", "cache"], ["api"], ["web"], ["one", "two"]])
    }

    /// What an engine says of a container that it cannot start names folders, as the env file has them.
    @Test func whatAnEngineSaysIsCleaned() throws {
        let scratch = try Scratch()
        let program = """
            #!/bin/sh
            case $* in
            'compose version --short') echo 2.27.0 ;;
            st*) echo "cannot mount /srv/h1dden-place" >&2; exit 1 ;;
            *up*) printf ' Container a-1  Waiting\n Container a-1  Error\na-1 is unhealthy\n' >&2; exit 1 ;;
            esac
            """
        let docker = try scratch.write(Path("docker"), Array(program.utf8))
        try OpenFile(docker, .update).setMode(0o755)
        let file = try scratch.write(
            Path("compose.yml"),
            Array("services: {api: {image: x}}".utf8)
        )
        let values = try scratch.write(Path(".env"), Array("STORE=h1dden-place".utf8))
        let driver = try ComposeDriver(
            DeploymentSettings(files: [file], environmentFile: values),
            ["PATH": "\(scratch.path):/usr/bin:/bin"]
        )
        for change in [driver.engine.start, driver.engine.stop] {
            let error = #expect(throws: DeploymentError.self) { try change(["id"]) }
            #expect(error?.message.contains("cannot mount /srv/***") == true)
        }
        let refused = #expect(throws: DeploymentError.self) { try driver.up() }
        #expect(refused?.message == "docker compose failed: a-1 is unhealthy")
    }

    @Test func healthTimingsHaveComposesDefaults() throws {
        let found = try stack(
            """
            services:
              a: {image: x, restart: unless-stopped, healthcheck: {test: [CMD, x], interval: 1m30s, retries: 2}}
              b: {image: x, healthcheck: {disable: true}}
              c: {image: x, healthcheck: {test: [NONE]}}
              d: {image: x, healthcheck: {test: [CMD, x], interval: 500ms, timeout: 2s, start_period: 10s}}
            """
        )
        let checks = found.services.map(\.healthCheck)
        #expect(checks[0]?.windowSeconds == 240)
        #expect(checks[1] == nil && checks[2] == nil)
        #expect(checks[3]?.windowSeconds == 17.5)
        #expect(found.services.map(\.restart) == ["unless-stopped", nil, nil, nil])
    }

    @Test func imagesAreShownByTheirVariables() throws {
        let scratch = try Scratch()
        let text = """
            services:
              api: {image: "${REGISTRY}/api:${TAG}"}
              vector: {image: "${VECTOR_IMAGE:-qdrant/qdrant:v1}"}
              flag: {image: "x:${FEATURE_BUILD}"}
              none: {image: "${EMPTY:-plain}:1"}
            """
        let file = try scratch.write(Path("compose.yml"), Array(text.utf8))
        let values = """
            TAG=2026.01.14
            REGISTRY=r3gistry-t0ken/ai
            VECTOR_IMAGE=qdrant/qdrant:v1.18
            FEATURE_BUILD=b7
            EMPTY=
            """
        _ = try scratch.write(Path(".env"), Array(values.utf8))
        let settings = DeploymentSettings(files: [file], environmentFile: nil)
        let stack = try settings.stack([:])
        #expect(
            stack.services.map(\.image)
                == ["r3gistry-t0ken/ai/api:2026.01.14", "qdrant/qdrant:v1.18", "x:b7", "plain:1"]
        )
        #expect(
            stack.services.map(\.shownImage)
                == ["${REGISTRY}/api:2026.01.14", "${VECTOR_IMAGE}", "x:b7", "plain:1"]
        )
        #expect(stack.services.map(\.isImageShown) == [false, false, true, true])
        #expect(stack.services(of: .qdrant) == ["vector"])
        #expect(
            try settings.shown("r3gistry-t0ken/ai/api:2026.01.13", stack)
                == "${REGISTRY}/api:2026.01.13"
        )
        #expect(try settings.shown("other:1", stack) == "other:1")
        let said = "pull of r3gistry-t0ken/ai/api:2026.01.14 failed"
        #expect(try settings.redaction(stack).cleaned(said) == "pull of ***/api:2026.01.14 failed")
    }

    @Test(arguments: [
        ("1.29.2", ["docker-compose"], ComposeFlavour.Kind.v1, "1.29.2"),
        ("v2.27.0\n", ["docker", "compose"], .v2, "2.27.0"),
        ("2.39.1", ["docker-compose"], .v2, "2.39.1"),
        (
            ">>>> Executing external compose provider\n1.0.6\n", ["podman", "compose"], .podman,
            "1.0.6"
        ),
    ])
    func flavours(said: String, words: [String], kind: ComposeFlavour.Kind, version: String) {
        let flavour = ComposeFlavour.read(words, said)
        #expect(flavour.kind == kind && flavour.version == version)
        #expect((flavour.warning != nil) == (kind == .v1))
    }

    @Test(arguments: [
        ("app:1", "app", "1"), ("host:5000/ai/app:2026.01.14", "host:5000/ai/app", "2026.01.14"),
        ("host:5000/app", "host:5000/app", nil), ("app@sha256:ab", "app", nil),
    ])
    func imageNames(name: String, repository: String, tag: String?) {
        let parts = ImageName.parts(name)
        #expect(parts.repository == repository && parts.tag == tag)
    }

    @Test func labelsOfContainersNameTheProjectFirst() throws {
        let settings = DeploymentSettings(
            files: [Path("/srv/stack/docker/compose.p3.yml")],
            environmentFile: nil
        )
        let empty = ComposeStack(files: [], base: Path("/"), variables: [:])
        func project(_ variables: [String: String], _ line: String) -> ComposeProject {
            ComposeProject(settings, empty, variables, running: RunningProject.parse(line))
        }
        let folder = "/srv/stack/docker"
        // As it was typed, with and without the folder, and whole.
        for file in ["compose.p3.yml", "docker/compose.p3.yml", "\(folder)/compose.p3.yml"] {
            let found = project(["COMPOSE_PROJECT_NAME": "other"], "ai\t\(file)\t\(folder)")
            #expect(found.name == "ai" && found.origin == .labels)
        }
        let override = "/var/lib/recover/ai/operations/20260114t021000z-1/override.json"
        let recovered = project([:], "ai\t\(folder)/compose.p3.yml,\(override)\t\(folder)")
        #expect(recovered.name == "ai" && recovered.origin == .labels)
        let stranger = "ai\t/elsewhere/compose.p3.yml\t/elsewhere"
        #expect(project(["COMPOSE_PROJECT_NAME": "other"], stranger).name == "other")
        #expect(project([:], stranger).name == "docker")
        #expect(project([:], "ai\tcompose.p1.yml\t\(folder)").origin == .folder)
    }

    /// What editors on Korean Windows write: a mark in front, letters in code page 949.
    @Test func linesThatAreNoUTF8AreFound() throws {
        let path = Path(".env")
        let korean: [UInt8] = [0xC7, 0xD1, 0xB1, 0xDB]
        let text = Array("TAG=1\r\n# ".utf8) + korean + Array("\r\nA=2\n".utf8)
        #expect(ForeignText(path, text)?.line == 2)
        #expect(ForeignText(path, Array("\u{FEFF}# 한글\r\nTAG=1".utf8)) == nil)
        #expect(ForeignText(path, []) == nil)
        #expect(ForeignText(path, Array("A=".utf8) + korean)?.line == 1)
        // As compose: it is there, whatever stands around it.
        let values = EnvironmentFile.values(in: String(decoding: text, as: UTF8.self))
        #expect(values["TAG"] == "1" && values["A"] == "2")
    }

    @Test func anExportedTagDoesNotWinOverTheFile() throws {
        let scratch = try Scratch()
        let text = "services: {a: {image: \"x:${TAG}\"}, b: {image: \"x:${OTHER}\"}}"
        let file = try scratch.write(Path("c.yml"), Array(text.utf8))
        try scratch.write(Path(".env"), Array("TAG=1\nOTHER=2\n".utf8))
        let settings = DeploymentSettings(files: [file], environmentFile: nil)
        let exported = ["TAG": "9", "OTHER": "8"]
        #expect(try settings.stack(exported).services.map(\.image) == ["x:1", "x:8"])
        #expect(try settings.stack(exported, tag: "5").services[0].image == "x:5")
        try scratch.folder().remove(Path(".env"))
        #expect(try settings.stack(exported).services.map(\.image) == ["x:9", "x:8"])
    }
}
