import Arguments
import Documents
import Files

@testable import Commands
@testable import Deployments

/// A configuration is read or refused; any text survives being written as a scalar.
func checkYAML(_ input: [UInt8]) throws(Violation) {
    _ = try? Configuration.parse(bytes: input, fileName: "recover.yaml", folder: "/srv")
    _ = try? RetentionPolicyFile.parse(bytes: input, fileName: "policy.yaml")
    let text = String(decoding: input, as: UTF8.self)
    let variables = EnvironmentFile.values(in: text)
    if let root = try? YAMLNode(parsing: input, name: "compose.yaml") {
        var reader = ComposeReader(root, base: Path("/srv"), variables: variables)
        _ = reader.services()
    }
    let short = String(text.unicodeScalars.prefix(256))
    let line = Array("key: \(YAMLText.scalar(short))\n".utf8)
    guard let node = try? YAMLNode(parsing: line, name: "x"), let value = node["key"]?.scalar else {
        throw Violation("a scalar of ours is refused: \(String(decoding: line, as: UTF8.self))")
    }
    try require(value.text == short, "a text changes when it is written and read")
    try require(value.value == .text(short), "a text becomes something else when it is written")
}

/// A pattern matches itself where it holds no sign.
func checkGlob(_ input: [UInt8]) throws(Violation) {
    let parts = input.prefix(4096).split(
        separator: 0,
        maxSplits: 1,
        omittingEmptySubsequences: false
    )
    let text = String(decoding: parts[0], as: UTF8.self)
    let glob = Glob(text)
    if parts.count == 2 {
        _ = glob.matches(Path(bytes: parts[1].filter { $0 != 0 }))
    }
    let isPlain = !Glob.isPattern(text)
    let matches = glob.matches(Path(text))
    try require(matches || !isPlain || text.utf8.isEmpty, "a plain pattern misses itself")
}

/// Every line is understood or explained.
func checkArguments(_ input: [UInt8]) throws(Violation) {
    let words = input.prefix(4096).split(separator: 0, omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
    let program = RecoverProgram.description
    do throws(ArgumentsError) {
        _ = try program.parse(words, environment: ["RECOVER_CONFIG": words[0]])
    } catch {
        try require(!error.message.isEmpty, "a command line is refused without a word")
    }
}
