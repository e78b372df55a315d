extension Command {
    /// What may follow the command's name, each piece to be kept on one line: what has to be
    /// given, then the words, then the other options.
    ///
    /// Members of one constraint stand together, at the place of the first of them; options of
    /// `inherited`, which are listed elsewhere, appear in no other way.
    func usage(inherited: [Option]) -> [String] {
        if isGroup { return ["COMMAND"] }
        var pieces: [String] = []
        var shown: Set<String> = []
        func show(_ member: String, _ alone: String) {
            guard !shown.contains(member) else { return }
            guard let group = constraints.first(where: { $0.members.contains(member) }) else {
                pieces.append(alone)
                return
            }
            shown.formUnion(group.members)
            let members = group.members.map { heading(of: $0, inherited: inherited) }
            let list = members.joined(separator: " | ")
            switch (group.isRequired, members.count) {
            case (true, 1): pieces.append(list)
            case (true, _): pieces.append("(\(list))")
            case (false, _): pieces.append("[\(list)]")
            }
        }
        for member in constraints.filter(\.isRequired).flatMap(\.members) { show(member, "") }
        for positional in positionals { show(positional.name, positional.usage) }
        for option in options {
            show("--\(option.name)", "[\(option.usage)]" + (option.isRepeatable ? "..." : ""))
        }
        for member in constraints.flatMap(\.members) { show(member, "") }
        return pieces
    }

    private func heading(of member: String, inherited: [Option]) -> String {
        (options + inherited).first { "--\($0.name)" == member }?.usage
            ?? positionals.first { $0.name == member }?.heading
            ?? member
    }
}
