/// Every contradiction in a description, in words for its author.
///
/// Holding these rules here lets the parser and the scripts do without checks of their own.
func descriptionFaults(
    globalOptions: [Option],
    commands: [Command],
    topics: [Topic]
) -> [String] {
    let root = [Option.help, Option.version] + globalOptions
    let names = ["help"] + commands.flatMap { [$0.name] + $0.aliases } + topics.map(\.name)
    return optionFaults(root, place: "the program")
        + malformed(names)
        + repeated(names).map { "the program: '\($0)' is declared twice" }
        + commands.flatMap { commandFaults($0, inherited: [Option.help] + globalOptions, path: "") }
}

private func commandFaults(_ command: Command, inherited: [Option], path: String) -> [String] {
    let place = path.isEmpty ? command.name : "\(path) \(command.name)"
    let options = inherited + command.options
    var faults = optionFaults(options, place: place)
    faults += positionalFaults(command, place: place)
    let names = command.subcommands.flatMap { [$0.name] + $0.aliases }
    faults += malformed(names) + repeated(names).map { "\(place): '\($0)' is declared twice" }
    let members = Set(options.map { "--\($0.name)" } + command.positionals.map(\.name))
    for member in command.constraints.flatMap(\.members) where !members.contains(member) {
        faults.append("\(place): a constraint names \(member), which is not declared")
    }
    return faults
        + command.subcommands.flatMap { commandFaults($0, inherited: options, path: place) }
}

private func optionFaults(_ options: [Option], place: String) -> [String] {
    malformed(options.map(\.name) + options.compactMap { $0.short.map { $0.lowercased() } })
        + repeated(options.flatMap(\.spellings)).map { "\(place): \($0) is declared twice" }
        + options.filter { $0.kind.choices?.isEmpty == true }
        .map { "\(place): --\($0.name) has no choices" }
}

private func positionalFaults(_ command: Command, place: String) -> [String] {
    let positionals = command.positionals
    var faults = repeated(positionals.map(\.name)).map { "\(place): \($0) is declared twice" }
    if command.isGroup && !positionals.isEmpty {
        faults.append("\(place): a group of verbs takes no words of its own")
    }
    for (earlier, later) in zip(positionals, positionals.dropFirst()) {
        if earlier.isRepeating || (!earlier.isRequired && later.isRequired) {
            faults.append("\(place): \(later.name) cannot follow \(earlier.name)")
        }
    }
    return faults
}

/// Names are lower-case words with hyphens: they go into three shells' scripts unquoted.
private func malformed(_ names: [String]) -> [String] {
    let letters = Set("abcdefghijklmnopqrstuvwxyz0123456789-".utf8)
    return names.filter { $0.isEmpty || $0.hasPrefix("-") || !letters.isSuperset(of: $0.utf8) }
        .map { "'\($0)' is not a lower-case name" }
}

private func repeated(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { !seen.insert($0).inserted }
}
