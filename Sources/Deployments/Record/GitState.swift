public import Files
internal import Processes

/// The git work tree of a deployment.
public struct GitState: Codable, Sendable, Equatable {
    /// The top folder.
    public var root: String
    /// The commit; nil where there is none yet.
    public var head: String?
    /// The branch; nil where none is checked out.
    public var branch: String?
    /// Whether tracked files differ from the commit.
    public var isDirty: Bool
    /// The tags of the commit.
    public var tags: [String]

    enum CodingKeys: String, CodingKey {
        case root, head, branch, tags
        case isDirty = "dirty"
    }

    /// Asks git; changes nothing in the work tree, not even its index.
    ///
    /// - Parameters:
    ///   - folder: A folder in the work tree.
    ///   - variables: The environment of this process.
    /// - Returns: Nil where it is in no work tree, or there is no git.
    public static func look(at folder: Path, _ variables: [String: String]) -> GitState? {
        let git = Git(folder, variables)
        guard let root = git.line(["rev-parse", "--show-toplevel"]) else { return nil }
        let changes = git.text(["status", "--porcelain", "--untracked-files=no"])
        return GitState(
            root: root,
            head: git.line(["rev-parse", "--verify", "--quiet", "HEAD"]),
            branch: git.line(["symbolic-ref", "--short", "--quiet", "HEAD"]),
            // A status that cannot be had is no proof that all is committed.
            isDirty: changes?.isEmpty != true,
            tags: git.text(["tag", "--points-at", "HEAD"])?.split(separator: "\n").map(String.init)
                ?? []
        )
    }
}

/// The program git in one folder.
private struct Git {
    private let runner: ProgramRunner
    // A work tree may name a program that git would run for its status.
    private let words = ["git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]

    init(_ folder: Path, _ variables: [String: String]) {
        let extra = ["GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"]
        runner = ProgramRunner(
            environment: Environment(variables.merging(extra) { $1 }),
            folder: folder
        )
    }

    func text(_ arguments: [String]) -> String? {
        guard let result = try? runner.attempt(words + arguments, deadlineSeconds: 20),
            result.succeeded
        else { return nil }
        return result.output.text
    }

    func line(_ arguments: [String]) -> String? {
        text(arguments).map(\.trimmed).flatMap { $0.isEmpty ? nil : $0 }
    }
}
