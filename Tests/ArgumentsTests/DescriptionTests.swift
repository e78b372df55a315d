import Testing

@testable import Arguments

@Suite struct DescriptionTests {
    private func faults(
        _ commands: [Command],
        options: [Option] = [],
        topics: [Topic] = []
    ) -> [String] {
        descriptionFaults(globalOptions: options, commands: commands, topics: topics)
    }

    @Test func soundDescriptionHasNone() {
        #expect(
            faults(example.commands, options: example.globalOptions, topics: example.topics) == []
        )
    }

    @Test func eachContradictionIsNamed() {
        #expect(faults([Command("Add", "")]) == ["'Add' is not a lower-case name"])
        #expect(
            faults([Command("add", ""), Command("list", "", aliases: ["add"])])
                == ["the program: 'add' is declared twice"]
        )
        #expect(faults([Command("help", "")]) == ["the program: 'help' is declared twice"])
        #expect(
            faults([Command("add", "")], topics: [Topic("add", "", text: "")])
                == ["the program: 'add' is declared twice"]
        )
        #expect(
            faults([Command("add", "", options: [.flag("quiet", "", short: "h")])])
                == ["add: -h is declared twice"]
        )
        #expect(
            faults(
                [
                    Command(
                        "room",
                        "",
                        subcommands: [Command("build", "", options: [.flag("q", "")])]
                    )
                ],
                options: [.flag("q", "")]
            ) == ["room build: --q is declared twice"]
        )
        #expect(
            faults([Command("add", "", options: [.value("x", "X", "", kind: .choice([]))])])
                == ["add: --x has no choices"]
        )
    }

    @Test func wordsAndConstraintsAreChecked() {
        let required = Positional("B", .required, "")
        #expect(
            faults([Command("add", "", positionals: [Positional("A", .optional, ""), required])])
                == ["add: B cannot follow A"]
        )
        #expect(
            faults([Command("add", "", positionals: [Positional("A", .oneOrMore, ""), required])])
                == ["add: B cannot follow A"]
        )
        #expect(
            faults([
                Command("room", "", positionals: [required], subcommands: [Command("build", "")])
            ]) == ["room: a group of verbs takes no words of its own"]
        )
        #expect(
            faults([Command("add", "", constraints: [.atMostOne("--a", "B")])])
                == [
                    "add: a constraint names --a, which is not declared",
                    "add: a constraint names B, which is not declared",
                ]
        )
    }
}
