extension Program {
    /// A page of help as plain text.
    ///
    /// - Parameters:
    ///   - subject: What it is about; a command or topic of this program.
    ///   - width: The columns to fill; fewer than 40 count as 40.
    /// - Returns: The page, every line ended.
    public func help(_ subject: HelpSubject, width: Int) -> String {
        var page = HelpPage(width: width)
        switch subject {
        case .overview:
            overview(&page)
        case .command(let path):
            guard let commands = commands(at: path), let command = commands.last else {
                preconditionFailure("no command \(path)")
            }
            help(on: command, path: commands, &page)
        case .topic(let name):
            guard let topic = topics.first(where: { $0.name == name }) else {
                preconditionFailure("no topic \(name)")
            }
            page.heading("\(name): \(topic.summary)")
            page.blocks(topic.text, indent: 0)
            if name == Topic.exitCodes.name {
                page.heading("Exit codes:")
                page.list(exitCodes.map { ("\($0.code)", $0.meaning) })
            }
        }
        return page.text
    }

    private func overview(_ page: inout HelpPage) {
        page.heading("\(name): \(summary)")
        list(examples, &page)
        page.heading("Usage:")
        page.fill([name, "COMMAND", "[WORD...]", "[OPTION...]"], indent: 2)
        page.blocks(discussion, indent: 2)
        var sections: [String] = []
        for command in commands where !sections.contains(command.section) {
            sections.append(command.section)
        }
        for section in sections {
            page.heading("\(section):")
            page.list(commands.filter { $0.section == section }.map { ($0.name, $0.summary) })
        }
        if !topics.isEmpty {
            page.heading("Topics:")
            page.list(topics.map { ($0.name, $0.summary) })
        }
        list([Option.help, Option.version] + globalOptions, "Global options:", &page)
        page.heading("More: \(name) help COMMAND" + (topics.isEmpty ? "" : ", \(name) help TOPIC"))
    }

    private func help(on command: Command, path: [Command], _ page: inout HelpPage) {
        let place = ([name] + path.map(\.name)).joined(separator: " ")
        let inherited = globalOptions + path.dropLast().flatMap(\.options)
        page.heading("\(place): \(command.summary)")
        list(command.examples, &page)
        page.heading("Usage:")
        page.fill([place] + command.usage(inherited: inherited), indent: 2, hanging: 4)
        page.blocks(command.discussion, indent: 2)
        if command.isGroup {
            page.heading("Commands:")
            page.list(command.subcommands.map { ($0.name, $0.summary) })
        }
        if !command.positionals.isEmpty {
            page.heading("Arguments:")
            page.list(command.positionals.map { ($0.heading, $0.details) })
        }
        list(path.flatMap(\.options), "Options:", &page)
        list([Option.help] + globalOptions, "Global options:", &page)
    }

    private func list(_ examples: [Example], _ page: inout HelpPage) {
        guard !examples.isEmpty else { return }
        page.heading("Examples:")
        for example in examples {
            page.fill([example.line], indent: 2)
            page.fill(example.effect.split(separator: " "), indent: 6)
        }
    }

    private func list(_ options: [Option], _ title: String, _ page: inout HelpPage) {
        guard !options.isEmpty else { return }
        page.heading(title)
        page.list(options.map { ($0.heading, $0.details) })
    }
}
