import Testing

@testable import Arguments

@Suite struct HelpTests {
    @Test func overview() {
        #expect(
            example.help(.overview, width: 72) == """
                shelf: keeps a list of books

                Examples:
                  shelf add "A book" --year 1999
                      Put a book on the shelf.
                  shelf list
                      Show what is there.

                Usage:
                  shelf COMMAND [WORD...] [OPTION...]

                  Books are kept in one file. Nothing is sent anywhere, and the file may
                  be edited by hand as long as no command runs.

                  The file looks like this:

                      title: A book
                      'year': 1999

                  .Lines that begin with a dot, or hold a \\ or ~, are nothing special.

                Change:
                  add     Put books on the shelf.
                  lend    Give a book away for a while.
                  room    Work on rooms.
                  import  Read a list.

                Look:
                  list  Show the books.

                Topics:
                  genres      Which genres there are
                  exit-codes  What the exit codes tell

                Global options:
                  -h, --help         Show help for the command, examples first.
                      --version      Show the version.
                  -c, --config FILE  Read this configuration. (default: shelf.yaml;
                                     environment: SHELF_CONFIG)
                  -q, --quiet        Say nothing when all went well. (environment:
                                     SHELF_QUIET)
                  -v, --verbose      Say more. (may be repeated)
                  -n, --dry-run      Show what would be done. Change nothing.

                More: shelf help COMMAND, shelf help TOPIC

                """
        )
    }

    @Test func command() {
        #expect(
            example.help(.command(["add"]), width: 60) == """
                shelf add: Put books on the shelf.

                Examples:
                  shelf add "A book" --year 1999
                      Put a book on the shelf.
                  shelf add -o new.txt One Two
                      Put two, and note them in a file.

                Usage:
                  shelf add TITLE... [--year YEAR] [--genre GENRE]
                      [--output FILE] [--label TEXT]... [--signed]

                  A book that is there already is left alone.

                Arguments:
                  TITLE...  The title of a book.

                Options:
                      --year YEAR    When it was printed. (environment:
                                     SHELF_YEAR)
                      --genre GENRE  What it is. (one of: novel, essay,
                                     poem)
                  -o, --output FILE  Note what was added.
                      --label TEXT   Stick this on it. (may be repeated)
                      --signed       It bears a signature.

                Global options:
                  -h, --help         Show help for the command, examples
                                     first.
                  -c, --config FILE  Read this configuration. (default:
                                     shelf.yaml; environment: SHELF_CONFIG)
                  -q, --quiet        Say nothing when all went well.
                                     (environment: SHELF_QUIET)
                  -v, --verbose      Say more. (may be repeated)
                  -n, --dry-run      Show what would be done. Change
                                     nothing.

                """
        )
    }

    @Test(
        "Usage shows what belongs together",
        arguments: [
            (["list"], "shelf list [ROOM | --all] [PLACE] [--to FOLDER]"),
            (["lend"], "shelf lend (--until DAY | --days COUNT) --person NAME BOOK"),
            (["room"], "shelf room COMMAND"),
            (["room", "build"], "shelf room build NAME"),
            (["room", "clear"], "shelf room clear [--now | --dry-run]"),
        ]
    )
    func usage(path: [String], line: String) {
        let lines = example.help(.command(path), width: 80).split(separator: "\n")
        #expect(lines.contains { $0 == "  \(line)" })
    }

    @Test func topics() {
        #expect(
            example.help(.topic("exit-codes"), width: 80) == """
                exit-codes: What the exit codes tell

                Exit codes:
                  0   done
                  64  the command line makes no sense

                """
        )
        #expect(
            example.help(.topic("genres"), width: 80)
                == "genres: Which genres there are\n\nNovels \u{2013} and 小説.\n"
        )
    }

    @Test(arguments: [1, 40, 53, 80, 200])
    func linesKeepWithinTheWidth(width: Int) {
        for command in example.commands {
            let lines = example.help(.command([command.name]), width: width).split(separator: "\n")
            #expect(lines.allSatisfy { columnCount($0) <= max(width, 40) })
        }
    }

    @Test(
        "Wide characters take two columns, marks none",
        arguments: [("abc", 3), ("백업", 4), ("é", 1), ("e\u{301}", 1), ("–x", 2), ("😀", 2)]
    )
    func columns(text: String, count: Int) {
        #expect(columnCount(text) == count)
    }

    @Test func longHeadingsStandAlone() {
        var page = HelpPage(width: 50)
        page.list([
            (heading: "short", text: "one"),
            (heading: "a heading much longer than the others", text: "two"),
        ])
        #expect(
            page.text == """
                  short  one
                  a heading much longer than the others
                         two

                """
        )
    }
}
