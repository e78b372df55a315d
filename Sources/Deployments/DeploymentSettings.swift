public import Files

/// What a configuration says of a compose deployment; all paths absolute.
public struct DeploymentSettings: Sendable, Equatable {
    /// The compose files, in their order; at least one.
    public let files: [Path]
    /// The env file; nil where only compose's own `.env` counts.
    public let environmentFile: Path?
    /// The key that holds the TAG.
    public let tagKey: String
    /// The profiles in use.
    public let profiles: [String]

    /// Takes what a configuration says.
    ///
    /// - Parameters:
    ///   - files: The compose files, at least one.
    ///   - environmentFile: The env file.
    ///   - tagKey: The key that holds the TAG.
    ///   - profiles: The profiles in use.
    public init(
        files: [Path],
        environmentFile: Path?,
        tagKey: String = "TAG",
        profiles: [String] = []
    ) {
        precondition(!files.isEmpty)
        self.files = files
        self.environmentFile = environmentFile
        self.tagKey = tagKey
        self.profiles = profiles
    }

    /// Where relative paths of the files start, and compose works.
    public var folder: Path { files[0].parent }

    /// The env file that compose reads: the one that is named, else its own `.env`.
    public var environmentFileInUse: Path { environmentFile ?? folder.appending(".env") }

    /// What the env file in use holds.
    ///
    /// - Returns: Values by key, for use and never to be shown; none where there is no file.
    /// - Throws: ``DeploymentError`` where it is there and cannot be read.
    public func environmentValues() throws(DeploymentError) -> [String: String] {
        EnvironmentFile.values(in: try environmentText())
    }

    /// The values of the env file as they are written, for who compares with what was read so.
    ///
    /// - Returns: By key; nothing is put in the place of variables.
    /// - Throws: ``DeploymentError`` where the file cannot be read.
    public func spelledValues() throws(DeploymentError) -> [String: String] {
        EnvironmentFile.spelled(in: try environmentText())
    }

    private func environmentText() throws(DeploymentError) -> String {
        do throws(FileError) {
            let bytes = try OpenFile(environmentFileInUse, .read).readAll(limitBytes: 1 << 20)
            return String(decoding: bytes, as: UTF8.self)
        } catch {
            if error.code == .notFound { return "" }
            throw DeploymentError(.files, error.message)
        }
    }

    /// The environment for compose: of this process, but the TAG is the env file's business alone.
    ///
    /// A TAG that somebody exported would silently win over the file that is changed.
    func environment(
        _ variables: [String: String],
        _ values: [String: String]
    ) -> [String: String] {
        var kept = variables
        if values[tagKey] != nil { kept[tagKey] = nil }
        return kept
    }

    /// The services as the files describe them.
    ///
    /// - Parameters:
    ///   - variables: The environment of this process, which wins over the env file.
    ///   - tag: The TAG to read them with; nil takes the env file's.
    /// - Returns: The services; `problems` say what could not be read.
    /// - Throws: ``DeploymentError`` where the env file cannot be read.
    public func stack(
        _ variables: [String: String],
        tag: String? = nil
    ) throws(DeploymentError) -> ComposeStack {
        let values = try environmentValues()
        var all = values.merging(environment(variables, values)) { $1 }
        if let tag { all[tagKey] = tag }
        var stack = ComposeStack(files: files, base: folder, variables: all)
        let names = hidden(values).keys.map { ($0, "${\($0)}") }
        all.merge(names) { $1 }
        stack.showImages(as: ComposeStack(files: files, base: folder, variables: all))
        return stack
    }

    /// What may not be shown of an env file.
    private func hidden(_ values: [String: String]) -> [String: String] {
        values.filter { key, value in
            key != tagKey && !key.hasPrefix("FEATURE_") && !value.isEmpty
        }
    }

    /// Takes the values of all env files out of texts; the TAG may be shown.
    ///
    /// - Parameter stack: Its services name further env files.
    /// - Returns: What does that.
    /// - Throws: ``DeploymentError`` where the env file of the stack cannot be read.
    public func redaction(_ stack: ComposeStack) throws(DeploymentError) -> Redaction {
        var texts = [try environmentText()]
        for path in Set(stack.services.flatMap(\.environmentFiles)) {
            // What we cannot read nobody has read its values from here either.
            guard let bytes = try? OpenFile(path, .read).readAll(limitBytes: 1 << 20) else {
                continue
            }
            texts.append(String(decoding: bytes, as: UTF8.self))
        }
        // Programs differ in what they make of a value; as it is written it is none to show either.
        return Redaction(
            texts.flatMap { [EnvironmentFile.values(in: $0), EnvironmentFile.spelled(in: $0)] }
                .map(hidden)
        )
    }

    /// An image's name as it may be written down.
    ///
    /// - Parameters:
    ///   - image: As the engine knows it.
    ///   - stack: Its services tell which variables are part of such names.
    /// - Returns: With the names of variables in the place of their values.
    /// - Throws: ``DeploymentError`` where the env file cannot be read.
    func shown(_ image: String, _ stack: ComposeStack) throws(DeploymentError) -> String {
        let named = stack.services.compactMap(\.shownImage).filter { $0.contains("${") }
        if named.isEmpty { return image }
        let values = hidden(try environmentValues()).filter { key, value in
            value.count > 1 && named.contains { $0.contains("${\(key)}") }
        }
        return values.sorted { ($0.value.count, $0.key) > ($1.value.count, $1.key) }
            .reduce(image) { text, pair in
                text.split(separator: pair.value, omittingEmptySubsequences: false)
                    .joined(separator: "${\(pair.key)}")
            }
    }
}
