import FoundationEssentials
import Testing

@testable import Commands

/// The first lines of every small configuration here.
let head = "version: 1\nstack: s\nrepository: /r\n"

/// Reads `text` as `/stacks/r.yaml`.
func configuration(
    _ text: String,
    overrides: [ConfigurationOverride] = []
) throws(ConfigurationError) -> Configuration {
    try Configuration.parse(
        bytes: Array(text.utf8),
        fileName: "r.yaml",
        folder: "/stacks",
        overrides: overrides
    )
}

/// The problems of a configuration that must be refused.
func problems(
    _ text: String,
    overrides: [ConfigurationOverride] = []
) throws -> [ConfigurationProblem] {
    try #require(throws: ConfigurationError.self) {
        try configuration(text, overrides: overrides)
    }.problems
}

/// The folder that holds `Package.swift`.
let packageFolder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

func fixture(_ name: String, in folder: String = "configuration") throws -> String {
    let file = packageFolder.appending(path: "Tests/Fixtures/\(folder)/\(name)")
    return try String(contentsOf: file, encoding: .utf8)
}

/// Compares with a golden file; `RECOVER_RECORD` in the environment writes it and fails.
func expectGolden(_ text: String, _ name: String, in folder: String = "configuration") throws {
    if ProcessInfo.processInfo.environment["RECOVER_RECORD"] != nil {
        let file = packageFolder.appending(path: "Tests/Fixtures/\(folder)/\(name)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try text.write(to: file, atomically: true, encoding: .utf8)
        Issue.record("recorded \(name)")
    }
    #expect(try text == fixture(name, in: folder), "\(folder)/\(name)")
}
