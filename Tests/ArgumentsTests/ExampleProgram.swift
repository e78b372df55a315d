import Arguments

/// A small library of books: every sort of declaration occurs in it once.
let example = Program(
    "shelf",
    "keeps a list of books",
    version: "1.2",
    discussion: """
        Books are kept in one file. Nothing is sent anywhere, and the file may be edited by hand
        as long as no command runs.

        The file looks like this:

            title: A book
            'year': 1999

        .Lines that begin with a dot, or hold a \\ or ~, are nothing special.
        """,
    examples: [
        Example("shelf add \"A book\" --year 1999", "Put a book on the shelf."),
        Example("shelf list", "Show what is there."),
    ],
    globalOptions: [
        .value(
            "config",
            "FILE",
            "Read this configuration.",
            kind: .file,
            short: "c",
            environment: "SHELF_CONFIG",
            default: "shelf.yaml"
        ),
        .flag("quiet", "Say nothing when all went well.", short: "q", environment: "SHELF_QUIET"),
        .flag("verbose", "Say more.", short: "v", repeatable: true),
        .flag("dry-run", "Show what would be done. Change nothing.", short: "n"),
    ],
    commands: [
        Command(
            "add",
            "Put books on the shelf.",
            section: "Change",
            discussion: "A book that is there already is left alone.",
            examples: [
                Example("shelf add \"A book\" --year 1999", "Put a book on the shelf."),
                Example("shelf add -o new.txt One Two", "Put two, and note them in a file."),
            ],
            positionals: [Positional("TITLE", .oneOrMore, "The title of a book.")],
            options: [
                .value("year", "YEAR", "When it was printed.", environment: "SHELF_YEAR"),
                .value("genre", "GENRE", "What it is.", kind: .choice(["novel", "essay", "poem"])),
                .value("output", "FILE", "Note what was added.", kind: .file, short: "o"),
                .value("label", "TEXT", "Stick this on it.", repeatable: true),
                .flag("signed", "It bears a signature."),
            ]
        ),
        Command(
            "list",
            "Show the books.",
            section: "Look",
            aliases: ["books"],
            positionals: [
                Positional("ROOM", .optional, "Only this room.", kind: .choice(["hall", "attic"])),
                Positional("PLACE", .optional, "Only this place.", kind: .folder),
            ],
            options: [
                .flag("all", "Lent ones too."),
                .value("to", "FOLDER", "Write it there.", kind: .folder),
            ],
            constraints: [.atMostOne("ROOM", "--all")]
        ),
        Command(
            "lend",
            "Give a book away for a while.",
            section: "Change",
            positionals: [
                Positional(
                    "BOOK",
                    .required,
                    "The book.",
                    kind: .listed(
                        by: "printf '%s\\tbook %s\\n' red:1 one red:2 two 'big red' three"
                    )
                )
            ],
            options: [
                .value("until", "DAY", "The day it comes back.", environment: "SHELF_UNTIL"),
                .value("days", "COUNT", "How long.", environment: "SHELF_DAYS"),
                .value("person", "NAME", "Who has it.", kind: .listed(by: "printf 'Ann\\nBo\\n'")),
            ],
            constraints: [.exactlyOne("--until", "--days"), .required("--person")]
        ),
        Command(
            "room",
            "Work on rooms.",
            section: "Change",
            options: [.flag("cellar", "The cellar too.")],
            subcommands: [
                Command(
                    "build",
                    "Build a room.",
                    aliases: ["make"],
                    examples: [Example("shelf room build attic", "Build one under the roof.")],
                    positionals: [Positional("NAME", .required, "Its name.")]
                ),
                Command(
                    "clear",
                    "Empty a room.",
                    options: [.flag("now", "At once.")],
                    constraints: [.atMostOne("--now", "--dry-run")]
                ),
            ]
        ),
        Command(
            "import",
            "Read a list.",
            section: "Change",
            positionals: [
                Positional("FILE", .required, "The list.", kind: .file),
                Positional("PART", .repeated, "Only these.", kind: .choice(["first", "second"])),
            ]
        ),
    ],
    exitCodes: [ExitCode(0, "done"), ExitCode(64, "the command line makes no sense")],
    topics: [Topic("genres", "Which genres there are", text: "Novels \u{2013} and 小説.")]
)
