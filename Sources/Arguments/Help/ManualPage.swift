extension Program {
    /// The manual page, section 1, in the roff language; all of it is ASCII.
    ///
    /// - Returns: The source, to be installed as `NAME.1`.
    public func manualPage() -> String {
        var page = RoffPage()
        page.title(name.uppercased(), source: "\(name) \(version)")
        page.macro("SH", "NAME")
        page.text("\(name) - \(summary)")
        page.macro("SH", "SYNOPSIS")
        page.text("\(name) COMMAND [WORD...] [OPTION...]")
        if !discussion.isEmpty {
            page.macro("SH", "DESCRIPTION")
            page.blocks(discussion)
        }
        write(examples + commands.flatMap(allExamples), to: &page)
        page.macro("SH", "GLOBAL OPTIONS")
        write([Option.help, Option.version] + globalOptions, to: &page)
        page.macro("SH", "COMMANDS")
        for command in commands { write(command, parents: [], to: &page) }
        for topic in topics where !topic.text.isEmpty {
            page.macro("SH", topic.name.uppercased())
            page.text("\(topic.summary).")
            page.blocks(topic.text)
        }
        if !exitCodes.isEmpty {
            page.macro("SH", "EXIT STATUS")
            for exit in exitCodes { page.entry("\(exit.code)", exit.meaning) }
        }
        writeEnvironment(to: &page)
        return page.source
    }

    private func allExamples(_ command: Command) -> [Example] {
        command.examples + command.subcommands.flatMap(allExamples)
    }

    private func write(_ examples: [Example], to page: inout RoffPage) {
        guard !examples.isEmpty else { return }
        page.macro("SH", "EXAMPLES")
        var seen: Set<String> = []
        for example in examples where seen.insert(example.line).inserted {
            page.entry(example.line, example.effect)
        }
    }

    private func write(_ options: [Option], to page: inout RoffPage) {
        for option in options {
            page.entry(
                option.spellings.dropLast().map { "\($0), " }.joined() + option.usage,
                option.details
            )
        }
    }

    private func write(_ command: Command, parents: [Command], to page: inout RoffPage) {
        let path = parents + [command]
        let inherited = globalOptions + parents.flatMap(\.options)
        let words = path.map(\.name) + command.usage(inherited: inherited)
        page.macro("SS", words.joined(separator: " "))
        page.text(command.summary)
        page.blocks(command.discussion)
        for positional in command.positionals { page.entry(positional.heading, positional.details) }
        write(command.options, to: &page)
        for subcommand in command.subcommands { write(subcommand, parents: path, to: &page) }
    }

    /// Each variable once, with the options it stands for.
    private func writeEnvironment(to page: inout RoffPage) {
        func all(_ command: Command) -> [Option] {
            command.options + command.subcommands.flatMap(all)
        }
        let mirrored = (globalOptions + commands.flatMap(all)).filter { $0.environment != nil }
        guard !mirrored.isEmpty else { return }
        page.macro("SH", "ENVIRONMENT")
        var seen: Set<String> = []
        for option in mirrored {
            if let name = option.environment, seen.insert(name).inserted {
                page.entry(name, "Stands in for --\(option.name) when that is absent.")
            }
        }
    }
}
