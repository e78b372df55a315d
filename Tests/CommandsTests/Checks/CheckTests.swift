import Files
import Testing

@testable import Commands
@testable import Deployments
@testable import Monitoring

/// What the checks make of what they read; what they read is tried end to end.
struct CheckTests {
    private func line(_ checks: [Check], _ name: String) -> String? {
        checks.first { $0.name == name }?.line
    }

    @Test func envFilesAreComparedByName() {
        let secret = "s3cr3t-value-of-more-than-16"
        let values = [
            "TAG": "1", "API_KEY": secret, "JWT_SECRET": "dev-default",
            "DB_PASSWORD": "changeme-please",
            "EMPTY": "", "MAY_BE_EMPTY": "", "HOST": "<host>",
        ]
        let sample = [
            "TAG": "", "API_KEY": "your-key", "JWT_SECRET": "dev-default", "MISSING": "",
            "MAY_BE_EMPTY": "",
            "EMPTY": "x",
        ]
        let checks = EnvironmentAudit(values, sample: sample).checks
        #expect(
            line(checks, "env.keys")
                == "FAIL  env.keys: missing: MISSING; not in the sample: DB_PASSWORD, HOST"
        )
        #expect(line(checks, "env.empty") == "WARN  env.empty: empty: EMPTY")
        #expect(
            line(checks, "env.placeholders")
                == "WARN  env.placeholders: placeholders: DB_PASSWORD, HOST, JWT_SECRET"
        )
        #expect(!checks.map(\.line).joined().contains(secret))
        let whole = EnvironmentAudit(["A": "1"], sample: ["A": "2"]).checks
        #expect(whole.allSatisfy { $0.verdict == .pass })
    }

    @Test func foldersOfTheEnvFileMayBeRelative() throws {
        let folder = try StackFolder(["data/a": "a"])
        let values = [
            "DATA_DIR": "./data", "LOG_DIR": "./logs", "UP_DIR": "../Demo_Stack/data",
            "MODELS_DIR": "\(folder.path)/models", "CACHE_DIR": "cache", "OTHER": "./gone",
        ]
        let checks = Preflight.folders(values, from: folder.path)
        #expect(checks.map(\.verdict) == [.pass, .warn, .warn, .pass])
        #expect(checks[1].message.hasPrefix("LOG_DIR "))
        #expect(checks[2].message.hasPrefix("MODELS_DIR "))
    }

    @Test(arguments: [
        ("2026.01.14", true), ("2024.02.29", true), ("2026.02.29", false), ("2026.13.01", false),
        ("2026.1.14", false), ("a1b2c3d", true), ("a1b2c3", false), ("A1B2C3D", false),
        ("latest", false), ("", false), ("2026.01.14\n", false), ("2026.01.1٤", false),
    ])
    func tagsHaveAForm(tag: String, isGood: Bool) throws {
        let text = "version: 1\nstack: s\nrepository: /r\n"
        func form(_ more: String) throws -> TagForm {
            TagForm(
                try Configuration.parse(
                    bytes: Array((text + more).utf8),
                    fileName: "f",
                    folder: "/"
                ).release
            )
        }
        #expect(try form("").accepts(tag) == isGood)
        #expect(try form("release: {tag_formats: [any]}\n").accepts(tag) == !tag.isEmpty)
    }

    @Test func listenersAreReadFromTheKernelsTable() {
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1
               1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12 1
               2: 0100007F:1F90 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 13 1
            """
        #expect(PortHolder.read(table) == [8080: ["11"], 80: ["12"]])
    }

    @Test(arguments: [
        ("0, 1000, 8000\n1, 7900, 8000\n", [Check.Verdict.pass, .fail]), ("0, 0, 8000", [.warn]),
        ("[N/A]", [.warn]), ("", []),
    ])
    func graphicsMemory(text: String, verdicts: [Check.Verdict]) {
        #expect(GraphicsMemory.read(text, 90).map(\.verdict) == verdicts)
    }

    // MARK: Containers

    private func container(
        _ state: String,
        health: String? = nil,
        exit: Int = 0,
        restarts: Int = 0,
        policy: String = "no",
        outOfMemory: Bool? = nil
    ) -> Container {
        Container(
            id: "c",
            name: "s_a_1",
            service: "a",
            imageName: "x:1",
            imageID: "sha256:1",
            state: state,
            health: health,
            exitCode: exit,
            isOutOfMemory: outOfMemory,
            restartCount: restarts,
            restartPolicy: policy,
            startedAt: "",
            environmentKeys: [],
            features: [:]
        )
    }

    @Test func whatEndsByItselfHasFailed() {
        func hasFailed(_ state: String, _ code: Int, outOfMemory: Bool? = nil) -> Bool {
            container(state, exit: code, outOfMemory: outOfMemory).hasFailed
        }
        #expect(hasFailed("exited", 1))
        #expect(!hasFailed("exited", 137))
        #expect(hasFailed("exited", 137, outOfMemory: true))
        #expect(!hasFailed("exited", 137, outOfMemory: false))
        #expect(!hasFailed("running", 0, outOfMemory: true))
    }

    @Test func waitingIsInVainForSome() {
        let service = ComposeService(name: "a")
        func isFinal(_ container: Container) -> Bool {
            ContainerLook([service], [container]).findings[0].isFinal
        }
        #expect(isFinal(container("running", health: "unhealthy")))
        #expect(isFinal(container("exited", exit: 3)))
        #expect(isFinal(container("dead")))
        #expect(!isFinal(container("exited", exit: 3, policy: "always")))
        #expect(!isFinal(container("running", health: "starting")))
        #expect(!isFinal(container("created")))
        #expect(ContainerLook([service], []).findings.map(\.isFinal) == [false])
    }

    @Test func containersAreJudged() {
        let service = ComposeService(name: "a")
        func verdict(_ container: Container, since earlier: [Container] = []) -> Check.Verdict {
            ContainerLook([service], [container], since: earlier).checks[0].verdict
        }
        #expect(verdict(container("running")) == .pass)
        #expect(verdict(container("running", health: "healthy")) == .pass)
        #expect(verdict(container("running", restarts: 2)) == .warn)
        #expect(verdict(container("running", health: "starting")) == .fail)
        #expect(verdict(container("running", health: "unhealthy")) == .fail)
        #expect(verdict(container("exited")) == .pass)
        #expect(verdict(container("exited", policy: "unless-stopped")) == .fail)
        #expect(verdict(container("exited", exit: 1)) == .fail)
        #expect(verdict(container("restarting", exit: 1, restarts: 9)) == .fail)
        #expect(verdict(container("paused")) == .fail)
        #expect(verdict(container("created")) == .fail)
        let before = container("running", restarts: 2)
        #expect(verdict(container("running", restarts: 3), since: [before]) == .fail)
        #expect(verdict(container("running", restarts: 2), since: [before]) == .warn)
        #expect(ContainerLook([service], []).checks[0].verdict == .fail)
    }

    @Test func whatIsReachedByAPortIsNotMeantToEnd() {
        var service = ComposeService(name: "a")
        service.ports = ComposePort.parse("80:80")
        #expect(ContainerLook([service], [container("exited")]).checks[0].verdict == .fail)
    }

    @Test func onlyServicesOfTheProfilesInUseCount() {
        var job = ComposeService(name: "job")
        job.profiles = ["trainer"]
        #expect(ContainerLook.active([ComposeService(name: "a"), job], []).map(\.name) == ["a"])
        #expect(ContainerLook.active([job], ["trainer"]).map(\.name) == ["job"])
        #expect(ContainerLook.active([job], ["*"]).map(\.name) == ["job"])
    }

    // MARK: Images

    @Test func imagesOfTheNewestTagsStay() {
        func pin(_ tag: String, _ service: String) -> StackImages.Pin {
            .init(tag: tag, service: service, imageID: "sha256:\(tag)", name: "\(service):\(tag)")
        }
        let pins = [pin("1", "a"), pin("2", "a"), pin("2", "b"), pin("3", "a"), pin("1", "b")]
        // Each service has TAGs of its own; what is no service any more goes with those of all.
        let (kept, old) = StackImages.divide(pins, 2, ["a", "b"], byKey: ["a", "b"])
        #expect(kept == [pin("2", "a"), pin("2", "b"), pin("3", "a"), pin("1", "b")])
        #expect(old == [pin("1", "a")])
        let (left, gone) = StackImages.divide(pins, 2, [], byKey: [])
        #expect(left == [pin("1", "a"), pin("3", "a"), pin("1", "b")])
        #expect(gone == [pin("2", "a"), pin("2", "b")])
    }

    @Test func imagesThatAreBuiltAnewUnderOneTagAreFewToo() {
        let pins = (1...8).map { number in
            StackImages.Pin(
                tag: "latest",
                service: "api",
                imageID: "sha256:\(number)",
                name: "api:latest_\(number)"
            )
        }
        func kept(_ services: Set<String>) -> [String] {
            StackImages.divide(pins, 3, services, byKey: []).kept.map(\.imageID)
        }
        #expect(kept(["api"]) == ["sha256:6", "sha256:7", "sha256:8"])
        // Also those of a service that is gone.
        #expect(kept([]) == ["sha256:6", "sha256:7", "sha256:8"])
    }

    @Test func imagesOfTagsInTheFilesAreKeptToo() throws {
        let text = "version: 1\nstack: s\nrepository: /r\n"
        let form = TagForm(
            try Configuration.parse(bytes: Array(text.utf8), fileName: "f", folder: "/").release
        )
        func tags(_ record: DeploymentRecord, _ known: [StackImages.Pin] = []) -> [String] {
            StackImages.tags(record, form, known: known).map { "\($0.service) \($0.tag)" }
        }
        let id = "sha256:0123456789abcdef"
        let literal = try TagOfImagesTests.record([
            ("api", "app:2026.01.15", "app:2026.01.15", id), ("db", "db:1.2", nil, id),
        ])
        #expect(tags(literal) == ["api 2026.01.15"])
        // Where none has the form, nobody can tell whose they are.
        let formless = try TagOfImagesTests.record([
            ("api", "app:latest", "app:latest", id), ("db", "db:1.2", nil, id),
        ])
        #expect(tags(formless) == ["api latest", "db 1.2"])
        // Started by its id, as by a rollback, while the name in the file means another.
        var other = try TagOfImagesTests.record([("api", "app:2026.01.15", id, id)])
        other.services[0].imageID = "sha256:ff"
        let pin = StackImages.Pin(tag: "2026.01.14", service: "api", imageID: id, name: "n")
        #expect(tags(other, [pin]) == ["api 2026.01.14"])
        #expect(tags(other) == ["api 0123456789ab"])
        // Beside a service that the key tags.
        var mixed = literal
        mixed.tag.value = "2026.01.16"
        (mixed.tag.services, mixed.tag.literalServices) = (["api"], ["db"])
        #expect(tags(mixed) == ["api 2026.01.16"])
    }

    @Test func pinsHaveNamesThatEnginesAccept() {
        let name = StackImages.name(
            "AI Suite",
            "-Api_v2",
            "2026.01.14/x",
            "sha256:0123456789abcdef"
        )
        #expect(name == "recover-keep/ai-suite/api-v2:2026.01.14x_0123456789ab")
    }
}
