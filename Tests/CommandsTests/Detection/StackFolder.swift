import Files
import FoundationEssentials
import Testing

@testable import Commands
@testable import Deployments

/// A stack's folder for one test, gone afterwards.
final class StackFolder {
    let path: Path

    init(_ files: [String: String] = [:]) throws {
        let parent = Path(FileManager.default.temporaryDirectory.path()).normalized
        path = parent.appending("detection-\(UInt64.random(in: 0 ... .max))").appending(
            "Demo_Stack"
        )
        try FileManager.default.createDirectory(
            atPath: path.description,
            withIntermediateDirectories: true
        )
        for (name, text) in files { try write(name, text) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path.parent.description) }

    func write(_ name: String, _ text: String) throws {
        let file = path.appending(name)
        try FileManager.default.createDirectory(
            atPath: file.parent.description,
            withIntermediateDirectories: true
        )
        try Data(text.utf8).write(to: URL(filePath: file.description))
    }

    func folder(_ name: String) throws {
        try FileManager.default.createDirectory(
            atPath: path.appending(name).description,
            withIntermediateDirectories: true
        )
    }

    /// The first page of a database: what detection goes by.
    func database(_ name: String) throws {
        try write(name, "SQLite format 3\0" + String(repeating: "\0", count: 4080))
    }

    /// The layout of the demo that `scripts/quickstart` makes.
    static func demo() throws -> StackFolder {
        let folder = try StackFolder([
            "compose.yml": """
            services:
              memory-api:
                image: memory-api:${TAG}
                environment:
                  MEMORY_DIR: /data/memory/projects
                  SECURITY_DB_PATH: /data/sqlite/security.db
                volumes:
                  - ./data/memory:/data/memory
                  - ./data/sqlite:/data/sqlite
                  - ./data/models:/models:ro
                  - ./config:/etc/memory-api:ro
            """,
            ".env": "TAG=2026.01.14\nAPI_TOKEN=change-me\n",
            ".env.sample": "TAG=\nAPI_TOKEN=\n",
            "config/app.yaml": "workers: 2\n",
            "data/models/embedder/config.json": "{}",
            "data/models/embedder/weights.bin": "weights",
            "data/memory/projects/alpha.db-wal": "log",
            "data/sqlite/security.db-wal": "log",
        ])
        for name in ["alpha", "beta"] { try folder.database("data/memory/projects/\(name).db") }
        try folder.database("data/sqlite/security.db")
        return folder
    }

    func detect(
        compose: [Path] = [],
        variables: [String: String] = [:],
        running: [RunningProject] = [],
        limits: Survey.Limits = Survey.Limits()
    ) -> StackDetection {
        StackDetection(
            in: path,
            composeFiles: compose,
            variables: variables,
            sources: .init(runningProjects: { running }, qdrantAnswer: { _ in "nobody answers" }),
            limits: limits
        )
    }

    /// What `init` would write.
    func draft(_ detection: StackDetection) -> ConfigurationDraft {
        detection.draft(
            stack: detection.stackName,
            repository: RepositoryPlace(Path("/srv/recover/s")),
            home: path
        )
    }
}

/// The components of a draft as `name path`.
func components(_ draft: ConfigurationDraft) -> [String] {
    draft.components.map { component in
        guard case .path(let path) = component.source else { return component.name }
        return "\(component.name) \(path)"
    }
}
