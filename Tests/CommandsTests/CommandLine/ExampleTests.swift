import Arguments
import FoundationEssentials
import Testing

@testable import Commands

@Suite struct ExampleTests {
    @Test func callsAreFoundInLinesOfShell() {
        let line = #"recover a "b c" > out | jq . && (cd x; recover -q d) < in"#
        #expect(recoverCalls(in: line) == [["a", "b c"], ["-q", "d"]])
    }

    @Test func everyCommandHasExamplesThatParse() throws {
        for (path, command) in declaredCommands {
            #expect(!command.examples.isEmpty, "recover \(path.joined(separator: " "))")
            for example in command.examples {
                let call = try #require(recoverCalls(in: example.line).first, "\(example.line)")
                let found = try invocation(call)
                #expect(found.path.starts(with: path), "\(example.line)")
            }
        }
    }

    @Test func examplesOfTheOverviewParse() throws {
        for example in RecoverProgram.description.examples {
            for call in recoverCalls(in: example.line) { _ = try invocation(call) }
        }
    }

    @Test func documentNamesEveryCommandAndItsExamplesParse() throws {
        let file = packageFolder.appending(path: "docs/commands.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        var named: Set<[String]> = []
        for line in text.split(separator: "\n") where line.hasPrefix("|") {
            for (index, code) in line.split(separator: "`").enumerated() where index % 2 == 1 {
                for call in recoverCalls(in: String(code)) {
                    named.insert(try invocation(call).path)
                }
            }
        }
        for (path, command) in declaredCommands where command.subcommands.isEmpty {
            #expect(named.contains(path), "recover \(path.joined(separator: " "))")
        }
    }

    private func invocation(_ call: [String]) throws -> Invocation {
        let request = try RecoverProgram.description.parse(call)
        guard case .run(let invocation) = request else {
            throw Workplace.Failure(text: "\(call) runs nothing")
        }
        return invocation
    }
}
