import Files
import Testing

@testable import Commands

struct StackDetectionTests {
    @Test func theDemoStackIsFoundWhole() throws {
        let folder = try StackFolder.demo()
        let found = folder.detect()
        let draft = folder.draft(found)
        #expect(
            components(draft) == [
                "memory data/memory", "rbac data/sqlite/security.db", "models data/models",
                "config config",
            ]
        )
        #expect(draft.components.map(\.isRequired) == [false, true, false, false])
        #expect(draft.archives?.components == ["memory", "rbac"])
        #expect(draft.archives?.folder == "/srv/recover/s-archives")
        #expect(draft.compose?.envFile == ".env" && draft.compose?.envSample == ".env.sample")
        #expect(draft.compose?.tagKey == "TAG" && draft.unprotected.isEmpty)
        #expect(found.stackName == "demo_stack")
        #expect(Set(found.warnings.map(\.code)).isSubset(of: ["env-mode"]))
        _ = try configuration(draft.text)
    }

    @Test func whatAServiceExtendsIsSaid() throws {
        let folder = try StackFolder([
            "compose.yml": """
            services:
              one: {extends: {file: base.yml, service: b}}
              two: {extends: one}
            """,
            "base.yml": "services: {b: {image: x, volumes: [./data/b:/b]}}",
        ])
        let messages = folder.detect().warnings.filter { $0.code == "compose" }.map(\.message)
        #expect(
            messages == [
                "compose.yml: service one extends one of base.yml, whose mounts were not looked at"
            ]
        )
    }

    /// One compose file, what lies on the disk, and what comes of it.
    struct Row: CustomTestStringConvertible {
        let name: String
        var volumes: [String] = []
        var image = "app"
        var files: [String] = []
        var databases: [String] = []
        var components: [String] = []
        var unprotected: [String] = []
        var testDescription: String { name }
    }

    @Test(arguments: [
        Row(
            name: "what is beside the security database is a component of its own",
            volumes: ["./data/sqlite:/d"],
            files: ["data/sqlite/security.db.backup"],
            databases: ["data/sqlite/security.db", "data/sqlite/audit.db"],
            components: ["sqlite data/sqlite", "rbac data/sqlite/security.db"]
        ),
        Row(
            name: "servers' data is no files",
            volumes: ["./data/q:/qdrant/storage"],
            image: "qdrant/qdrant",
            files: ["data/q/x"],
            unprotected: [
                "DIR/data/q, mounted by a: data of qdrant; its files alone would be torn",
                "qdrant: service a without a published port, which a backup needs",
            ]
        ),
        Row(
            name: "nor is it inside of other data",
            volumes: ["./data/a/q:/data"],
            image: "redis",
            files: ["data/a/q/dump.rdb", "data/a/x"],
            components: ["a data/a"],
            unprotected: [
                "DIR/data/a/q, mounted by a: data of redis; its files alone would be torn"
            ]
        ),
        Row(
            name: "volumes and postgres",
            volumes: ["pg:/var/lib/postgresql/data", "/anonymous"],
            image: "postgres:16",
            unprotected: [
                "postgres: service a; not supported yet",
                "a volume without a name at /anonymous, mounted by a", "volume pg, mounted by a",
            ]
        ),
        Row(
            name: "a volume of plain files is proposed",
            volumes: ["my.notes:/data", "cache:/c:ro"],
            unprotected: [
                "volume my.notes, mounted by a; to protect it, add: my.notes: {volume: my.notes}"
            ]
        ),
        Row(
            name: "logs and caches are said",
            volumes: ["./logs:/l", "./cache:/c"],
            files: ["logs/a.log", "cache/b"],
            unprotected: [
                "DIR/cache, mounted by a: a cache by its name, 1 file, 7 B",
                "DIR/logs, mounted by a: logs by its name, 1 file, 10 B",
            ]
        ),
        Row(
            name: "secrets are left out and said",
            volumes: ["./tls:/t"],
            files: ["tls/a.crt", "tls/a.key"],
            components: ["tls tls"],
            unprotected: ["DIR/tls/a.key: it looks like a secret"]
        ),
        Row(
            name: "the folder of the project is not data",
            volumes: [".:/app", "/:/host:ro"],
            files: ["main.py"],
            unprotected: ["DIR, mounted by a: more than this stack's own data"]
        ),
        Row(name: "sockets of the host are nothing", volumes: ["/var/run/docker.sock:/d.sock"]),
        Row(
            name: "models by their ending, by their name, by their versions",
            volumes: ["./weights:/w:ro", "./my-models:/m:ro", "./out:/o"],
            files: ["weights/a.gguf", "my-models/a.bin", "out/202601140210/x"],
            components: ["models my-models", "out out", "weights weights"]
        ),
        Row(
            name: "a data folder without mounts",
            files: ["data/uploads/a", "data/notes.txt"],
            databases: ["data/chats/c.db"],
            components: ["chats data/chats", "notes data/notes.txt", "uploads data/uploads"]
        ),
        Row(
            name: "a data folder with a database in it stays whole",
            files: ["data/uploads/a"],
            databases: ["data/app.db"],
            components: ["data data"]
        ),
        Row(
            name: "a database in the working folder",
            databases: ["dev_test.db"],
            components: ["dev_test dev_test.db"]
        ),
        Row(
            name: "single files",
            volumes: ["./nginx.conf:/n:ro", "./prod.env:/e:ro"],
            files: ["nginx.conf", "prod.env"],
            components: ["nginx nginx.conf"],
            unprotected: ["DIR/prod.env, mounted by a: it looks like a secret"]
        ),
        Row(
            name: "hidden folders of mounted data are data, and so is one that is called docker",
            volumes: ["./data:/data"],
            files: ["data/.chroma/x", "data/docker/y", "data/.gitkeep", "data/.recover-prev-1/z"],
            databases: ["data/.hidden/h.db"],
            components: ["hidden data/.hidden", "chroma data/.chroma", "docker data/docker"]
        ),
        Row(
            name: "tools in the project's own data are not",
            files: ["data/venv/x", "data/node_modules/y", "data/notes/z"],
            components: ["notes data/notes"]
        ),
        Row(
            name: "names that a configuration cannot have",
            volumes: ["./Größe!:/a", "./x*:/b", "./한글:/c"],
            files: ["Größe!/a", "x*/a", "한글/a"],
            components: ["gr--e- Größe!", "data 한글"],
            unprotected: ["DIR/x*, mounted by a: a configuration cannot name it"]
        ),
        Row(
            name: "one name for two",
            volumes: ["./a/files-x:/a", "./b/files-x:/b"],
            files: ["a/files-x/1", "b/files-x/1"],
            components: ["files-x a/files-x", "files-x-2 b/files-x"]
        ),
    ])
    func rows(_ row: Row) throws {
        let mounts = row.volumes.map { "'\($0)'" }.joined(separator: ", ")
        let folder = try StackFolder([
            "compose.yml": "services: {a: {image: '\(row.image)', volumes: [\(mounts)]}}"
        ])
        for file in row.files { try folder.write(file, file) }
        for file in row.databases { try folder.database(file) }
        let draft = folder.draft(folder.detect())
        #expect(components(draft) == row.components)
        #expect(
            draft.unprotected
                == row.unprotected.map { line in
                    line.hasPrefix("DIR") ? folder.path.description + line.dropFirst(3) : line
                }
        )
        let read = try configuration(draft.text)
        #expect(read.components.count == row.components.count)
    }

    @Test func withoutComposeFoldersWithDatabasesAreFound() throws {
        let folder = try StackFolder(["src/main.py": "", "memory/x.txt": ""])
        try folder.database("memory/projects/a.db")
        try folder.database("node_modules/b.db")
        #expect(components(folder.draft(folder.detect())) == ["memory memory"])
        let empty = try StackFolder(["src/main.py": ""])
        #expect(empty.detect().isEmpty)
    }

    @Test func theEnvFileNamesDataAndModels() throws {
        let host = try StackFolder([
            "ai-data/memory/a.txt": "a", "ai-data/eval/b": "b", "m/x.gguf": "x",
        ])
        try host.database("ai-data/other/security.db")
        try host.database("ai-data/sqlite/main.db")
        let folder = try StackFolder([
            ".env": """
            DATA_DIR=\(host.path)/ai-data
            MODELS_DIR=\(host.path)/m
            DATA_ROOT=/nowhere/at/all
            """,
            "compose.yml": """
            services:
              a:
                environment: {SECURITY_DB_PATH: /d/main.db}
                volumes: ["${DATA_DIR}/sqlite:/d", "${UNSET}/x:/x", "/not/there:/y"]
            """,
        ])
        let found = folder.detect()
        let names = folder.draft(found).components.map(\.name)
        // The mapped database counts, whatever another one is called.
        #expect(names == ["memory", "other", "rbac", "models", "eval"])
        #expect(found.proposals[2].path == host.path.appending("ai-data/sqlite/main.db"))
        let codes = found.warnings.map(\.code)
        #expect(codes.contains("missing-folder") && codes.contains("unset-variable"))
        #expect(codes.contains("missing-mount"))
    }

    @Test func containerPathsAreFollowed() throws {
        let folder = try StackFolder([
            "compose.yml": """
            services:
              a:
                environment:
                  SECURITY_DB_PATH: /d/gone.db
                  DATABASE_URL: sqlite:////inner/x.db
                  CACHE_DB_PATH: /c/x.db
                volumes: ["./data/sqlite:/d", "./cache:/c"]
            """
        ])
        try folder.database("data/sqlite/security.db")
        try folder.database("cache/x.db")
        let found = folder.detect()
        let codes = found.warnings.map(\.code)
        #expect(codes == ["uncovered-database", "missing-database", "other-database"])
        #expect(
            found.unprotected.contains(
                "DATABASE_URL of service a: a database in the container itself, lost with it"
            )
        )
    }

    @Test func qdrantIsAskedAtItsPort() throws {
        let folder = try StackFolder([
            "compose.yml": """
            services:
              q: {image: "qdrant/qdrant:v1", ports: ["127.0.0.1:7000:6333"]}
              a: {environment: {QDRANT_URL: "http://far.example:6333/x?key=secret"}}
              b: {environment: {QDRANT_URL: "http://q:6333"}}
            """
        ])
        let found = folder.detect()
        #expect(
            found.unprotected == [
                #"qdrant: service q at http://127.0.0.1:7000; to protect it, add: qdrant: {qdrant: "http://127.0.0.1:7000"}"#,
                #"qdrant: QDRANT_URL at http://far.example:6333; to protect it, add: qdrant: {qdrant: "http://far.example:6333"}"#,
            ]
        )
        #expect(found.answers.first == "qdrant at http://127.0.0.1:7000: nobody answers")
    }

    @Test func limitsAreSaid() throws {
        let folder = try StackFolder.demo()
        var limits = Survey.Limits()
        limits.nameCount = 2
        let few = folder.detect(limits: limits)
        #expect(few.warnings.contains { $0.message.contains("only its first 2 names") })
        limits = Survey.Limits()
        limits.depth = 1
        let flat = folder.detect(limits: limits)
        #expect(flat.warnings.contains { $0.message.contains("only 1 levels of it") })
    }

    @Test(arguments: [
        ("202601140210", true), ("202613140210", false), ("202601142410", false),
        ("20260114021", false), ("2026011402100", false), ("20260114021a", false),
    ])
    func versionFolders(name: String, isVersion: Bool) {
        #expect(Survey.isVersion(Path(name)) == isVersion)
    }

    @Test func volumesWithoutAComponentAreNamed() throws {
        let folder = try StackFolder([
            "compose.yml": """
            services:
              a: {image: a, volumes: ["notes:/n", "files:/f"]}
              b: {image: b, volumes: ["notes:/n"]}
              q: {image: "qdrant/qdrant", volumes: ["vectors:/qdrant/storage"]}
            """
        ])
        func uncovered(_ components: String) throws -> [String] {
            folder.detect().uncovered(by: try configuration(head + "components: \(components)"))
                .filter { $0.code == "uncovered-volume" }.map(\.message)
        }
        #expect(
            try uncovered("{d: /d}") == [
                "volume files, mounted by a, is in no component",
                "volume notes, mounted by a, b, is in no component",
                "volume vectors, mounted by q, is in no component",
            ]
        )
        let all =
            "{n: {volume: demo_notes}, f: {volume: files}, q: {qdrant: 'http://127.0.0.1:6333'}}"
        #expect(try uncovered(all) == [])
    }

    @Test func anExistingConfigurationIsMeasured() throws {
        let folder = try StackFolder.demo()
        let text =
            head + "components: {rbac: \(folder.path)/data/sqlite/old.db, m: "
            + "{path: \(folder.path)/data/memory, exclude: [x]}, e: \(folder.path)/data/models/embedder}"
        let found = folder.detect().uncovered(by: try configuration(text))
        #expect(
            found.filter { $0.code == "uncovered" }.map(\.message) == [
                "\(folder.path)/data/sqlite/security.db is in no component",
                "\(folder.path)/config is in no component",
            ]
        )
    }
}
