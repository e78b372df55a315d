internal import Files

/// A line that compose cannot decode: it fails over it with words that name neither file nor line.
struct ForeignText: Equatable {
    /// The file.
    let path: Path
    /// Its first such line, counted from one.
    let line: Int

    /// Looks at a file; nil where all of it is UTF-8.
    ///
    /// - Parameters:
    ///   - path: Where it lies.
    ///   - bytes: All of it.
    init?(_ path: Path, _ bytes: [UInt8]) {
        // A line feed is no part of a longer letter, in no encoding that an env file could have.
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        guard let index = lines.firstIndex(where: { String(validating: $0, as: UTF8.self) == nil })
        else { return nil }
        self.path = path
        line = index + 1
    }
}

extension ComposeDriver {
    /// Refuses what the program at hand cannot decode, and says what would help.
    ///
    /// YAML is UTF-8 for all of them. Env files are so for the old one alone, comments included.
    ///
    /// - Throws: ``DeploymentError``.
    func refuseForeignText() throws(DeploymentError) {
        let stack = try stack()
        for path in settings.files {
            guard let foreign = Self.foreignText(in: path) else { continue }
            throw DeploymentError(
                .files,
                "line \(foreign.line) of \(path) is not in UTF-8, which compose files must be: save "
                    + "it as UTF-8 (iconv -f CP949 -t UTF-8 reads what Korean Windows wrote)"
            )
        }
        guard flavour.kind == .v1 else { return }
        for path in [settings.environmentFileInUse] + stack.services.flatMap(\.environmentFiles) {
            guard let foreign = Self.foreignText(in: path) else { continue }
            throw DeploymentError(
                .files,
                "line \(foreign.line) of \(path) is not in UTF-8, and \(flavour.name) reads env "
                    + "files as nothing else, comments included: save it as UTF-8 (iconv -f CP949 "
                    + "-t UTF-8 reads what Korean Windows wrote), or install the plugin docker "
                    + "compose, which takes it as it is"
            )
        }
    }

    /// What cannot be read here is for compose to complain about.
    private static func foreignText(in path: Path) -> ForeignText? {
        (try? OpenFile(path, .read).readAll(limitBytes: 1 << 20)).flatMap { ForeignText(path, $0) }
    }
}
