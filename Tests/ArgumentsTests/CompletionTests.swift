import Arguments
import Foundation
import Testing

/// A partial line, and what every shell has to offer for its last word.
private let cases: [(line: String, offers: [String])] = [
    // Commands.
    ("shelf ", ["add", "list", "lend", "room", "import", "help"]),
    ("shelf l", ["list", "lend"]),
    ("shelf x", []),
    ("shelf room ", ["build", "clear"]),
    ("shelf room make ", []),
    ("shelf help r", ["room"]),
    ("shelf help ex", ["exit-codes"]),
    ("shelf help room c", ["clear"]),
    // Global options before and between them.
    ("shelf -q room b", ["build"]),
    ("shelf -c x.yaml room --cellar ", ["build", "clear"]),
    ("shelf --config=x room c", ["clear"]),
    ("shelf -qc x room c", ["clear"]),
    ("shelf -cx room c", ["clear"]),
    // Options of each command.
    ("shelf --ver", ["--verbose", "--version"]),
    ("shelf books --a", ["--all"]),
    ("shelf add --s", ["--signed"]),
    ("shelf add One --dr", ["--dry-run"]),
    ("shelf room clear --n", ["--now"]),
    ("shelf room clear --ce", ["--cellar"]),
    ("shelf import --al", []),
    ("shelf add -- --s", []),
    // Values.
    ("shelf add --genre ", ["novel", "essay", "poem"]),
    ("shelf add --genre=n", ["--genre=novel"]),
    ("shelf add --year ", []),
    ("shelf lend --person ", ["Ann", "Bo"]),
    ("shelf lend -c x --person A", ["Ann"]),
    ("shelf lend r", ["red:1", "red:2"]),
    ("shelf lend red:2", ["red:2"]),
    ("shelf lend b", ["big red"]),
    ("shelf  add   One --sig", ["--signed"]),
    ("shelf lend red:1 --pe", ["--person"]),
    ("shelf list ", ["hall", "attic"]),
    ("shelf import x ", ["first", "second"]),
    ("shelf import x first s", ["second"]),
    // Files and folders.
    ("shelf import fi", ["file.txt", "finds"]),
    ("shelf list hall fi", ["finds"]),
    ("shelf list --to fi", ["finds"]),
    ("shelf list --to=fi", ["--to=finds"]),
    ("shelf add -o fi", ["file.txt", "finds"]),
    ("shelf --config fi", ["file.txt", "finds"]),
]

private func runner(_ shell: CompletionShell) throws -> ShellRunner {
    let runner = try ShellRunner()
    try runner.write(example.completionScript(for: shell), to: "script")
    try runner.write("", to: "file.txt")
    try FileManager.default.createDirectory(
        at: runner.folder.appendingPathComponent("finds"),
        withIntermediateDirectories: false
    )
    return runner
}

/// Compares the words of the completed lines with the words wanted.
private func check(_ result: String) {
    let lines = result.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    #expect(lines.count == cases.count)
    for (line, (partial, offers)) in zip(lines, cases) {
        var words = partial.split(separator: " ").dropFirst()
        if partial.hasSuffix(" ") { words.append("") }
        let unchanged = words.last.map { $0.isEmpty ? [] : [String($0)] } ?? []
        let wanted = words.dropLast().map(String.init) + (offers.isEmpty ? unchanged : offers)
        // Shells differ in whether they leave the slash after a folder.
        let got = line.split(separator: "|").map { String($0.hasSuffix("/") ? $0.dropLast() : $0) }
        #expect(got.sorted() == wanted.sorted(), "completing '\(partial)'")
    }
}

@Suite struct CompletionTests {
    @Test(.enabled(if: ShellRunner.has("bash")))
    func bash() throws {
        let runner = try runner(.bash)
        let setup = """
            shelf() { local IFS='|'; printf '%s\\n' "$*" >> result; }
            source ./script

            """
        let lines = cases.map { "\($0.line)\u{1B}*\n" }.joined()
        let said = try runner.run(["bash", "--noprofile", "--norc", "-i"], input: setup + lines)
        #expect(!said.contains("command not found"))
        check(try runner.read("result"))
    }

    @Test(.enabled(if: ShellRunner.has("zsh")))
    func zsh() throws {
        let runner = try runner(.zsh)
        try runner.write(
            """
            PS1=
            unsetopt zle_bracketed_paste 2>/dev/null
            unset zle_bracketed_paste
            autoload -Uz compinit
            compinit -u -D
            source ./script
            shelf() { print -r -- "${(j:|:)@}" >> result }
            all() { _main_complete; compstate[insert]=all; compstate[list]= }
            zle -C all complete-word all
            bindkey '^I' all

            """,
            to: ".zshrc"
        )
        try runner.write(cases.map { "\($0.line)\t\n" }.joined() + "exit\n", to: "lines")
        // The shell edits lines only on a terminal, which zpty provides.
        let driver = """
            zmodload zsh/zpty
            ZDOTDIR=$PWD zpty child zsh -d -i
            while IFS= read -r line; do zpty -w child "$line"; done < lines
            while zpty -r child line; do :; done

            """
        try runner.write(driver, to: "driver")
        try runner.run(["zsh", "-f", "driver"])
        check(try runner.read("result"))
    }

    @Test(.enabled(if: ShellRunner.has("fish")))
    func fish() throws {
        let runner = try runner(.fish)
        let lines = cases.map { "complete_line '\($0.line)'" }.joined(separator: "\n")
        try runner.write(
            """
            source ./script
            function complete_line
                set -l words (string split ' ' -- $argv[1])
                set -l offers (complete -C $argv[1] | string replace -r '\\t.*' '')
                if not set -q offers[1]
                    set offers $words[-1]
                end
                string join '|' -- $words[2..-2] $offers >> result
            end
            \(lines)

            """,
            to: "driver"
        )
        try runner.run(["fish", "--no-config", "driver"])
        check(try runner.read("result"))
    }
}
