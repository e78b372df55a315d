import Arguments
import Testing

private let cases: [(line: String, code: ArgumentsError.Code, message: String)] = [
    ("", .missingCommand, "'shelf' needs a command; run: shelf help"),
    ("-q", .missingCommand, "'shelf' needs a command; run: shelf help"),
    (
        "room", .missingCommand,
        "'shelf room' needs a command: build, clear; run: shelf help room"
    ),
    (
        "lits", .unknownCommand,
        "unknown command 'lits' (did you mean 'list'?); run: shelf help"
    ),
    ("frobnicate", .unknownCommand, "unknown command 'frobnicate'; run: shelf help"),
    ("ad One", .unknownCommand, "unknown command 'ad' (did you mean 'add'?); run: shelf help"),
    ("bakup -h", .unknownCommand, "unknown command 'bakup'; run: shelf help"),
    (
        "room biuld x", .unknownCommand,
        "unknown command 'biuld' (did you mean 'build'?); run: shelf help room"
    ),
    (
        "help genre", .unknownTopic,
        "there is no help on 'genre' (did you mean 'genres'?); run: shelf help"
    ),
    ("help add x", .unknownTopic, "there is no help on 'x'; run: shelf help add"),
    (
        "add --yaer 1 x", .unknownOption,
        "'shelf add' has no option '--yaer' (did you mean '--year'?); run: shelf help add"
    ),
    (
        "add --sign x", .unknownOption,
        "'shelf add' has no option '--sign' (did you mean '--signed'?); run: shelf help add"
    ),
    ("--year 1 add x", .unknownOption, "'shelf' has no option '--year'; run: shelf help"),
    ("list -qx", .unknownOption, "'shelf list' has no option '-x'; run: shelf help list"),
    (
        "list --version", .unknownOption,
        "'shelf list' has no option '--version'; run: shelf help list"
    ),
    ("add --year", .missingValue, "'--year' needs a value YEAR; run: shelf help add"),
    (
        "add --output --signed x", .missingValue,
        "'--output' needs a value FILE, and '--signed' begins with a dash; run: shelf help add"
    ),
    (
        "add -o -- x", .missingValue,
        "'-o' needs a value FILE, and '--' begins with a dash; run: shelf help add"
    ),
    ("add --year= x", .missingValue, "the value of '--year' is empty; run: shelf help add"),
    ("list --all=yes", .unexpectedValue, "'--all' takes no value; run: shelf help list"),
    ("list --help=all", .unexpectedValue, "'--help' takes no value; run: shelf help list"),
    (
        "add --year 1 --year 1 x", .duplicateOption,
        "'--year' is given twice; run: shelf help add"
    ),
    ("-q list --quiet", .duplicateOption, "'--quiet' is given twice; run: shelf help list"),
    ("add", .missingPositional, "TITLE is missing; run: shelf help add"),
    ("room build", .missingPositional, "NAME is missing; run: shelf help room build"),
    (
        "room build a b", .surplusPositional,
        "'b' is one word too many; run: shelf help room build"
    ),
    ("room clear x", .surplusPositional, "'x' is one word too many; run: shelf help room clear"),
    (
        "lend one --person Bo", .missingOption,
        "one of --until, --days is missing; run: shelf help lend"
    ),
    ("lend one --days 3", .missingOption, "--person is missing; run: shelf help lend"),
    (
        "lend one --days 3 --until x --person Bo", .excludedCombination,
        "--until and --days exclude one another; run: shelf help lend"
    ),
    (
        "list hall --all", .excludedCombination,
        "ROOM and --all exclude one another; run: shelf help list"
    ),
    (
        "-n room clear --now", .excludedCombination,
        "--now and --dry-run exclude one another; run: shelf help room clear"
    ),
    (
        "add --genre nvoel x", .badChoice,
        "'nvoel' is no value of '--genre', which takes novel, essay, poem (did you mean 'novel'?); "
            + "run: shelf help add"
    ),
    (
        "list cave", .badChoice,
        "'cave' is no value of ROOM, which takes hall, attic; run: shelf help list"
    ),
]

@Suite struct ParserErrorTests {
    @Test func everyFaultHasItsCodeAndMessage() throws {
        for (line, code, message) in cases {
            let error = #expect(throws: ArgumentsError.self, "parsing '\(line)'") {
                try parse(line)
            }
            #expect(error?.code == code, "parsing '\(line)'")
            #expect(error?.message == message)
            #expect(error?.cause == nil)
        }
    }

    @Test func emptyWordsAreRefused() {
        for words in [["add", ""], ["add", "--year", "", "One"], ["list", ""]] {
            let error = #expect(throws: ArgumentsError.self) { try example.parse(words) }
            #expect(error?.code == .missingValue)
        }
        #expect(throws: ArgumentsError.self) { try example.parse([""]) }
    }
}
