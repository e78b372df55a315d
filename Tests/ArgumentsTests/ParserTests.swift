import Arguments
import Testing

/// Reads a line whose words are parted by spaces; `~` stands for a space inside a word.
func parse(
    _ line: String,
    environment: [String: String] = [:]
) throws(ArgumentsError) -> Request {
    let words = line.split(separator: " ").map { String($0.map { $0 == "~" ? " " : $0 }) }
    return try example.parse(words, environment: environment)
}

func invocation(_ line: String, environment: [String: String] = [:]) throws -> Invocation {
    guard case .run(let invocation) = try parse(line, environment: environment) else {
        throw NoInvocation(line: line)
    }
    return invocation
}

struct NoInvocation: Error {
    let line: String
}

@Suite struct ParserTests {
    @Test(
        "A value is found however it is written",
        arguments: [
            "add --output x One", "add --output=x One", "add -o x One", "add -ox One",
            "add -o=x One", "add One -o x", "add -qo x One", "add -qox One", "add -o x -- One",
            "-q add -o x One", "add --genre novel One --output x",
        ]
    )
    func spelling(line: String) throws {
        let found = try invocation(line)
        #expect(found.path == ["add"])
        #expect(found.string("output") == "x")
        #expect(found.origin("output") == .commandLine)
        #expect(found.positionals("TITLE") == ["One"])
    }

    @Test(
        "A global option is taken before, between and after commands",
        arguments: [
            "-n room build attic", "room -n build attic", "room build -n attic",
            "room build attic --dry-run", "--dry-run room make attic",
        ]
    )
    func global(line: String) throws {
        let found = try invocation(line)
        #expect(found.path == ["room", "build"])
        #expect(found.flag("dry-run"))
        #expect(!found.flag("quiet"))
        #expect(found.positional("NAME") == "attic")
    }

    @Test func optionOfAGroup() throws {
        #expect(try invocation("room --cellar clear").flag("cellar"))
        #expect(try invocation("room clear --cellar").flag("cellar"))
        #expect(try !invocation("room clear").flag("cellar"))
    }

    @Test func positionals() throws {
        let few = try invocation("list")
        #expect(few.positional("ROOM") == nil && few.positional("PLACE") == nil)
        let both = try invocation("books hall here")
        #expect(both.path == ["list"])
        #expect(both.positional("ROOM") == "hall" && both.positional("PLACE") == "here")
        let dashes = try invocation("add - -- --signed -h -- x")
        #expect(dashes.positionals("TITLE") == ["-", "--signed", "-h", "--", "x"])
        #expect(!dashes.flag("signed"))
    }

    @Test func valuesWithOddSigns() throws {
        let found = try invocation("add --label=-x --label=a=b --label - -o ~ --year=\u{301} 책")
        #expect(found.strings("label") == ["-x", "a=b", "-"])
        #expect(found.string("output") == " ")
        #expect(found.string("year") == "\u{301}")
        #expect(found.positionals("TITLE") == ["책"])
    }

    @Test func repetition() throws {
        #expect(try invocation("-v list -vv --verbose").count("verbose") == 4)
        #expect(try invocation("list").count("verbose") == 0)
    }

    @Test func choice() throws {
        enum Genre: String { case novel, essay, poem }
        #expect(try invocation("add --genre essay x").choice("genre", as: Genre.self) == .essay)
        #expect(try invocation("add x").choice("genre", as: Genre.self) == nil)
    }

    @Test(
        "Help is found anywhere before the end of options",
        arguments: [
            ("-h", HelpSubject.overview), ("--help", .overview), ("help", .overview),
            ("-qh", .overview), ("help -h", .overview), ("-c x --help", .overview),
            ("add -h", .command(["add"])), ("-h add", .command(["add"])),
            ("add --year -h", .command(["add"])), ("add One --help Two", .command(["add"])),
            ("add --bogus -h", .command(["add"])), ("-c -h books", .command(["list"])),
            ("lend -qh", .command(["lend"])), ("room -h", .command(["room"])),
            ("room make -h", .command(["room", "build"])), ("help books", .command(["list"])),
            ("help room make", .command(["room", "build"])), ("help -q add", .command(["add"])),
            ("help genres", .topic("genres")), ("help exit-codes", .topic("exit-codes")),
        ]
    )
    func help(line: String, subject: HelpSubject) throws {
        guard case .help(let found) = try parse(line) else {
            Issue.record("'\(line)' is no request for help")
            return
        }
        #expect(found == subject)
    }

    @Test func version() throws {
        for line in ["--version", "-q --version", "--version add"] {
            guard case .version = try parse(line) else {
                Issue.record("'\(line)' does not ask for the version")
                continue
            }
        }
    }
}
