import Testing

@testable import Commands

struct ConfigurationTests {
    @Test func readsEveryKey() throws {
        let full = try configuration(try fixture("example.yaml"))
        #expect(full.stack == "ai-suite")
        #expect(full.state == "/var/lib/recover/ai-suite")
        #expect(full.compose?.files == ["/stacks/docker/compose.p3.yml"])
        #expect(full.compose?.envFile == "/stacks/.env")
        #expect(full.compose?.envSample == "/stacks/.env.sample")
        #expect(full.exclude == ["**/*.tmp"])
        #expect(full.archives?.components == ["memory", "rbac"])
        #expect(full.archives?.format == .gzipTar)
        #expect(full.pausedServices == ["memory-api"])
        #expect(full.quiescedServices == ["memory-api", "memory-maintainer"])
        #expect(full.health.map(\.name) == ["memory-api", "app"])
        #expect(
            full.health[1].json
                == .object([
                    .init(key: "status", value: .text("healthy")),
                    .init(key: "database", value: .text("connected")),
                ])
        )
        #expect(full.smoke.map(\.method) == ["GET", "GET", "GET", "POST"])
        #expect(full.smoke[2].bearer == .file("/etc/recover/smoke.token"))
        #expect(full.smoke[3].body == "{}")
        #expect(full.release.template == "/stacks/ops/release.log.template")
        #expect(full.notifications.teams == .environment("TEAMS_WEBHOOK_URL"))
        #expect(full.notifications.pings["backup"] == .file("/etc/recover/ping.url"))
        #expect(full.metrics == "/var/lib/node_exporter/textfile/recover.prom")
        #expect(full.hooks.afterRestore.map(\.count) == [5])
    }

    @Test func readsEveryKindOfComponent() throws {
        let components = try configuration(try fixture("example.yaml")).components
        #expect(
            components.map(\.name) == [
                "memory", "rbac", "qdrant", "models", "weights", "grafana", "db", "audit",
            ]
        )
        #expect(
            components.map(\.required) == [.never, .always] + Array(repeating: .never, count: 6)
        )
        guard case .path(let memory) = components[0].kind,
            case .qdrant(let qdrant) = components[2].kind,
            case .versions(let models) = components[3].kind,
            case .volume(let grafana) = components[5].kind,
            case .path(let audit) = components[7].kind
        else {
            Issue.record("a component is of another kind")
            return
        }
        #expect(memory.path == "/mnt/e/ai-data/memory/projects")
        #expect(memory.storage == .content && !memory.isAppendOnly && !memory.isWriterPaused)
        #expect(qdrant.apiKey == .environment("QDRANT_API_KEY"))
        #expect(qdrant.collections == ["docs", "notes"] && qdrant.method == .auto)
        #expect(models.link == "current" && models.readyFile == "_SUCCESS")
        #expect(models.zone == "Asia/Seoul" && models.settle == .seconds(300))
        #expect(grafana.volume == "grafana-data")
        #expect(components[6].kind == .postgres(service: "db"))
        #expect(audit.path == "/stacks/logs/audit" && audit.isAppendOnly)
    }

    @Test func defaultsHold() throws {
        let small = try configuration(head)
        #expect(small.state == nil && small.compose == nil && small.archives == nil)
        #expect(small.components.isEmpty && small.health.isEmpty && small.smoke.isEmpty)
        #expect(small.quiescedServices == nil && small.metrics == nil)
        #expect(small.secrets == .fingerprint)
        #expect(small.images.keepCount == 3 && !small.images.areSaved)
        #expect(small.gate.retry == .seconds(30) && small.gate.interval == .seconds(2))
        #expect(small.gate.soak == .zero && small.hold == .seconds(86_400))
        #expect(small.preflight.diskWarnBytes == 20_000_000_000)
        #expect(small.preflight.diskFailBytes == 10_000_000_000)
        #expect(small.preflight.gpuUsedPercentMaximum == 90)
        #expect(small.release.log == "/stacks/ops/release.log")
        #expect(small.release.tagFormats == [.date, .sha])
        #expect(small.retention == .policy(try #require(RetentionPolicyFile.compiled("nightly"))))
        #expect(small.verification.quick == .eachRun)
        #expect(small.verification.deep == .every(.seconds(30 * 86_400)))
        #expect(small.schedule.freshness == .seconds(26 * 3_600))
        #expect(small.schedule.jitter == .seconds(600))
        #expect(small.notifications.teams == nil && small.hooks.beforeBackup.isEmpty)
    }

    @Test(arguments: [
        ("compose: a.yml", "compose: {files: [a.yml]}"),
        ("compose: [a.yml, b.yml]", "compose: {files: [a.yml, b.yml]}"),
        ("components: {a: /x}", "components: {a: {path: /x}}"),
        ("components: {a: {postgres: db}}", "components: {a: {postgres: {service: db}}}"),
        ("health: {a: \"http://h\"}", "health: {a: {url: \"http://h\"}}"),
        ("smoke: [\"http://h\"]", "smoke: [{url: \"http://h\", expect: {status: 200}}]"),
    ])
    func shortFormsExpand(short: String, long: String) throws {
        let expanded = try configuration(head + short)
        let written = try configuration(head + long)
        #expect(expanded.compose == written.compose)
        #expect(expanded.components == written.components)
        #expect(expanded.health == written.health && expanded.smoke == written.smoke)
    }

    @Test func requirementsMayDifferByReason() throws {
        let component = try #require(
            try configuration(head + "components: {a: {path: /x, required: [pre-rollback]}}")
                .components.first
        )
        #expect(component.required == .reasons([.preRollback]))
        #expect(component.required.holds(for: .preRollback))
        #expect(!component.required.holds(for: .nightly))
    }

    @Test func ownKeysAndAnchorsMayStandAnywhere() throws {
        let text = """
            x-common: &common {store: manifest, exclude: [a]}
            version: 1
            stack: s
            repository: /r
            gate: {x-why: [slow], retry: 1m}
            components:
              x-note: free text
              a: {<<: *common, path: /x, writer: paused, x-owner: me}
            """
        let read = try configuration(text)
        #expect(read.gate.retry == .seconds(60))
        #expect(read.components.map(\.name) == ["a"])
        guard case .path(let options) = try #require(read.components.first).kind else {
            Issue.record("not a path")
            return
        }
        #expect(options.storage == .manifest && options.exclude == ["a"])
        #expect(options.isWriterPaused)
    }

    @Test(arguments: [
        ("a", "/stacks/a"), ("./a/b", "/stacks/a/b"), ("../a", "/stacks/../a"), ("/a", "/a"),
        ("2026", "/stacks/2026"), (".", "/stacks/."),
    ])
    func pathsStartFromTheFolder(written: String, path: String) throws {
        let text = "version: 1\nstack: s\nrepository: \(written)\n"
        #expect(try configuration(text).repository == path)
        #expect(try configuration(head + "metrics: \(written)").metrics == path)
        let secret = try configuration(head + "notify: {ping: \"file:\(written)\"}")
        #expect(secret.notifications.pings["backup"] == .file(path))
    }

    @Test func outsideValuesWin() throws {
        let variable = ConfigurationOrigin.environment("RECOVER_HOLD")
        let flag = ConfigurationOrigin.flag("--hold")
        let read = try configuration(
            head + "hold: 1h\n",
            overrides: [
                ConfigurationOverride(key: "hold", value: "2h", origin: variable),
                ConfigurationOverride(key: "hold", value: "3h", origin: flag),
                ConfigurationOverride(key: "gate.retry", value: "5s", origin: variable),
                ConfigurationOverride(key: "repository", value: "/other", origin: variable),
            ]
        )
        #expect(read.hold == .seconds(10_800))
        #expect(read.gate.retry == .seconds(5))
        #expect(read.repository == "/other")
        #expect(read.settings["hold"].origin == flag)
        #expect(read.settings["gate"]["retry"].origin == variable)
        #expect(read.settings["gate"]["soak"].origin == .standard)
    }

    @Test func outsideValuesFillAnAbsentSection() throws {
        let variable = ConfigurationOrigin.environment("RECOVER_COMPOSE_FILES")
        let found = try problems(
            head,
            overrides: [
                ConfigurationOverride(key: "compose.tag_key", value: "TAG", origin: variable)
            ]
        )
        #expect(
            found.map(\.message) == ["environment RECOVER_COMPOSE_FILES: missing key compose.files"]
        )
    }
}
