import Testing

@testable import Commands

struct ConfigurationDraftTests {
    private let draft = ConfigurationDraft(
        stack: "demo",
        repository: "/srv/recover/demo",
        compose: .init(files: ["compose.yml"], envFile: ".env", tagKey: "TAG"),
        components: [
            .init(name: "memory", source: .path("data/memory"), comments: ["3 databases"]),
            .init(name: "rbac", source: .path("data/security.db"), isRequired: true),
            .init(
                name: "qdrant",
                source: .qdrant(url: "http://localhost:6333", apiKeyVariable: "QDRANT_API_KEY")
            ),
            .init(name: "models", source: .versions(path: "models", link: "current")),
            .init(name: "grafana", source: .volume("grafana-data")),
            .init(name: "db", source: .postgres(service: "db")),
        ],
        archives: .init(
            folder: "/srv/archives",
            components: ["memory", "rbac"],
            comments: ["on the same disk as the repository"]
        ),
        unprotected: ["volume redis-data", "folder data/cache"]
    )

    @Test func isTheRecordedOne() throws {
        try expectGolden(draft.text, "draft.yaml")
    }

    @Test func readsBackTheSame() throws {
        let read = try configuration(draft.text)
        #expect(read.stack == draft.stack && read.repository == draft.repository)
        #expect(read.compose?.files == ["/stacks/compose.yml"])
        #expect(read.compose?.envFile == "/stacks/.env")
        #expect(read.components.map(\.name) == draft.components.map(\.name))
        #expect(
            read.components.map(\.required) == [.never, .always, .never, .never, .never, .never]
        )
        #expect(read.components[5].kind == .postgres(service: "db"))
        #expect(read.archives?.components == ["memory", "rbac"])
    }

    /// What a disk holds may look like anything; it must stay a path or a comment.
    @Test(arguments: [
        "a\nsecrets: store", "a # b", "a: b", "no", "- a", "*x", "a\u{2028}b", "a\"b\\", "{a}",
        "한글",
        "a\r\nhooks: {}", "'a'", " a ", "5", "true",
    ])
    func oddNamesStayText(name: String) throws {
        let odd = ConfigurationDraft(
            stack: "demo",
            repository: "/r/\(name)",
            compose: .init(files: [name]),
            components: [
                .init(name: "a", source: .path("/d/\(name)"), comments: [name]),
                .init(name: "b", source: .path(name), isRequired: true),
            ],
            archives: .init(folder: "/a/\(name)", components: ["a"], comments: [name]),
            unprotected: [name]
        )
        let read = try configuration(odd.text)
        #expect(read.repository == "/r/\(name)")
        #expect(read.compose?.files == ["/stacks/\(name)"])
        #expect(read.archives?.folder == "/a/\(name)")
        #expect(read.secrets == .fingerprint && read.hooks.afterRestore.isEmpty)
        guard case .path(let first) = read.components[0].kind,
            case .path(let second) = read.components[1].kind
        else {
            Issue.record("not paths")
            return
        }
        #expect(first.path == "/d/\(name)" && second.path == "/stacks/\(name)")
    }

    @Test func anEmptyDraftIsWhole() throws {
        let read = try configuration(ConfigurationDraft(stack: "a", repository: "/r").text)
        #expect(read.components.isEmpty && read.archives == nil)
    }
}
