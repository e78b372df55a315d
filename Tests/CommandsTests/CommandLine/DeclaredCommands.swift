import Arguments

@testable import Commands

/// Every command of the program with the words that lead to it, groups included.
var declaredCommands: [(path: [String], command: Command)] {
    func below(_ command: Command, _ path: [String]) -> [(path: [String], command: Command)] {
        let path = path + [command.name]
        return [(path, command)] + command.subcommands.flatMap { below($0, path) }
    }
    return RecoverProgram.description.commands.flatMap { below($0, []) }
}

/// The words of every call of `recover` in a line of shell, without what the shell itself takes.
func recoverCalls(in line: String) -> [[String]] {
    var calls: [[String]] = [[]]
    var word = ""
    var quote: Character?
    var isSkipping = false
    func end() {
        if !word.isEmpty, !isSkipping { calls[calls.count - 1].append(word) }
        if !word.isEmpty { isSkipping = false }
        word = ""
    }
    for letter in line {
        switch letter {
        case _ where letter == quote: quote = nil
        case _ where quote != nil: word.append(letter)
        case "'", "\"": quote = letter
        case " ": end()
        case ">", "<":
            end()
            isSkipping = true
        case "|", "&", ";", "(", ")":
            end()
            calls.append([])
        default: word.append(letter)
        }
    }
    end()
    return calls.filter { $0.first == "recover" }.map { Array($0.dropFirst()) }
}
