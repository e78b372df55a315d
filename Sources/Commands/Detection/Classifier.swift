internal import Deployments
internal import Files

/// Decides what becomes of each place: components, or a line about why it is none.
struct Classifier {
    private(set) var proposals: [Proposal] = []
    /// What is found and not protected, a line each.
    private(set) var unprotected: [String] = []
    /// Places that are not there.
    private(set) var missing: [Place] = []
    /// Places that only services read and that lie outside of the stack.
    private(set) var foreign: [Path] = []
    /// Places that were not looked at to their end.
    private(set) var limited: [String] = []

    private let folder: Path
    /// The database of users and roles, as a service's environment names it.
    private let securityPaths: Set<Path>
    private let limits: Survey.Limits

    private static let passing: Set<String> = ["cache", ".cache", "caches", "tmp", "temp"]
    private static let logs: Set<String> = ["log", "logs"]
    private static let configuration: Set<String> = [
        "config", "configs", "conf", "conf.d", "settings",
    ]
    private static let securityNames = ["security", "rbac"].flatMap { name in
        ["db", "db3", "sqlite", "sqlite3"].map { "\(name).\($0)" }
    }
    private static let secretLimit = 20

    /// Prepares.
    ///
    /// - Parameters:
    ///   - folder: The working folder.
    ///   - securityPaths: Databases that a service's environment names as such.
    ///   - limits: Of all walks together.
    init(folder: Path, securityPaths: Set<Path>, limits: Survey.Limits) {
        self.folder = folder
        self.securityPaths = securityPaths
        self.limits = limits
    }

    /// Looks at one place.
    mutating func take(_ place: Place) {
        let users =
            place.services.isEmpty ? "" : ", mounted by \(place.services.joined(separator: ", "))"
        guard let text = place.path.text, !Glob.isPattern(text) else {
            return unprotected.append("\(place.path)\(users): a configuration cannot name it")
        }
        if place.isSystem || place.path.contains(folder) {
            if place.isWritable, !place.isOfKernel {
                unprotected.append("\(place.path)\(users): more than this stack's own data")
            }
            return
        }
        if let data = place.serverData {
            return unprotected.append(
                "\(place.path)\(users): \(data); its files alone would be torn"
            )
        }
        guard let survey = Survey.look(at: place.path, leaving: place.leaving, limits: limits)
        else {
            switch (try? FileStatus(of: place.path, following: true))?.kind {
            case nil: missing.append(place)
            case .folder, .file: unprotected.append("\(place.path)\(users): it cannot be looked at")
            default: break
            }
            return
        }
        if let limit = survey.limit {
            limited.append("\(place.path): only \(limit) were looked at")
        }
        take(place, survey, users)
    }

    private mutating func take(_ place: Place, _ survey: Survey, _ users: String) {
        if survey.isFile { return takeFile(place, survey, users) }
        let name = place.path.lastComponent.description.lowercased()
        var exclude = place.leaving.compactMap { place.path.relative($0) }.map { "/" + $0.pattern }
        let security = survey.databases.filter { isSecurity(place.path.appending($0)) }
        for path in security {
            addSecurity(place.path.appending(path), users)
            exclude += ["", "-wal", "-shm", "-journal"].map { "/\(path.pattern)\($0)" }
        }
        let sidecars = survey.databases.count == security.count ? place.path.sidecars(security) : 0
        if !security.isEmpty, survey.fileCount == security.count + sidecars { return }
        if survey.fileCount == 0, place.services.isEmpty { return }
        if Self.passing.contains(name) {
            return unprotected.append(
                "\(place.path)\(users): a cache by its name, \(survey.summary)"
            )
        }
        if Self.logs.contains(name) {
            return unprotected.append("\(place.path)\(users): logs by its name, \(survey.summary)")
        }
        guard let role = role(place, survey, hasOthers: survey.databases.count > security.count)
        else {
            if !place.services.isEmpty { foreign.append(place.path) }
            return
        }
        exclude += leaveSecrets(place, survey)
        var proposal = Proposal(role: role, path: place.path, isFile: false, exclude: exclude)
        proposal.comments = [survey.summary + users] + modelComments(survey)
        proposal.sizeBytes = survey.sizeBytes
        proposals.append(proposal)
    }

    private mutating func takeFile(_ place: Place, _ survey: Survey, _ users: String) {
        if !survey.secrets.isEmpty {
            return unprotected.append("\(place.path)\(users): it looks like a secret")
        }
        if isSecurity(place.path), !survey.databases.isEmpty {
            return addSecurity(place.path, users)
        }
        let isDatabase = !survey.databases.isEmpty
        guard isDatabase || place.isWritable || folder.contains(place.path) else {
            return foreign.append(place.path)
        }
        proposals.append(
            Proposal(
                role: isDatabase ? .database : .configuration,
                path: place.path,
                isFile: true,
                comments: [survey.summary + users],
                sizeBytes: survey.sizeBytes
            )
        )
    }

    private mutating func addSecurity(_ path: Path, _ users: String) {
        proposals.append(
            Proposal(
                role: .security,
                path: path,
                isFile: true,
                comments: ["users and roles" + users],
                sizeBytes: (try? FileStatus(of: path).sizeBytes) ?? 0
            )
        )
    }

    private func isSecurity(_ path: Path) -> Bool {
        guard securityPaths.isEmpty else { return securityPaths.contains(path) }
        return Self.securityNames.contains(path.lastComponent.description.lowercased())
    }

    /// Nil for what is only read and neither data nor configuration of this stack.
    private func role(_ place: Place, _ survey: Survey, hasOthers: Bool) -> Proposal.Role? {
        let names = place.path.components.suffix(2).map { $0.description.lowercased() }
        let last = names.last ?? ""
        if !survey.versions.isEmpty || !survey.models.isEmpty || last.contains("model") {
            return .models
        }
        if hasOthers { return names.contains { $0.contains("memory") } ? .memory : .database }
        if Self.configuration.contains(last) { return .configuration }
        if names.contains(where: { $0.contains("memory") }), place.isWritable { return .memory }
        let isData = place.services.isEmpty && place.isWritable
        if !place.services.isEmpty || isData {
            return place.isWritable || folder.contains(place.path) ? .files : nil
        }
        return nil
    }

    private func modelComments(_ survey: Survey) -> [String] {
        guard !survey.versions.isEmpty else { return [] }
        let link =
            survey.link.map { "\($0.name) -> \($0.target)" } ?? "no link names the one in use"
        return ["versions and links are captured as files: \(link)"]
    }

    /// Files that look like secrets would make every snapshot incomplete.
    private mutating func leaveSecrets(_ place: Place, _ survey: Survey) -> [String] {
        guard survey.secrets.count <= Self.secretLimit else { return [] }
        for path in survey.secrets {
            unprotected.append("\(place.path.appending(path)): it looks like a secret")
        }
        return survey.secrets.map { "/" + $0.pattern }
    }
}

extension Path {
    /// A pattern for exactly this path, as far as patterns can say so.
    fileprivate var pattern: String {
        String((text ?? description).map { "*?[".contains($0) ? "?" : $0 })
    }

    /// How many files stand beside these databases and belong to them.
    fileprivate func sidecars(_ databases: [Path]) -> Int {
        databases.flatMap { name in ["-wal", "-shm", "-journal"].map { name.adding(suffix: $0) } }
            .count { (try? FileStatus(of: appending($0))) != nil }
    }
}
