import Foundation

/// A scratch folder in which programs of the system are run; removed with the object.
final class ShellRunner {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("arguments-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    static func has(_ program: String) -> Bool {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return path.split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
        }
    }

    func write(_ text: String, to name: String) throws {
        try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
    }

    func read(_ name: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }

    /// Runs a program in the folder, and returns what it wrote to both outputs.
    @discardableResult
    func run(_ words: [String], input: String = "") throws -> String {
        try write(input, to: "input")
        try write("", to: "output")
        let output = try FileHandle(forWritingTo: folder.appendingPathComponent("output"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["timeout", "20"] + words
        process.currentDirectoryURL = folder
        process.environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "HOME": folder.path,
            "TERM": "dumb",
            "LC_ALL": "C.UTF-8",
        ]
        process.standardInput = try FileHandle(
            forReadingFrom: folder.appendingPathComponent("input")
        )
        process.standardOutput = output
        process.standardError = output
        try process.run()
        process.waitUntilExit()
        return try read("output")
    }
}
