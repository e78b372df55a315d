internal import Arguments
internal import Deployments

/// Refuses TAGs of which nothing is known.
extension RollbackChoice {
    /// Nobody must be told that a TAG runs of which nothing says what its images are.
    ///
    /// - Parameters:
    ///   - tag: What was typed.
    ///   - record: What ran under it; nil where nothing says that.
    ///   - names: The services that are to change; none means all.
    /// - Throws: ``CommandFailure`` with 25, or 64 where it is no TAG.
    func requireKnown(
        _ tag: String,
        _ record: DeploymentRecord?,
        _ names: [String]
    ) throws(CommandFailure) {
        guard let driver else { return }
        let form = TagForm(loaded.value.release)
        let all = try driving { () throws(DeploymentError) in try driver.stack() }.services
        if record == nil, !form.accepts(tag), !Self.hasImage(of: tag, names, driver) {
            throw CommandFailure(
                .usage,
                "tag-format",
                "\(tag) is no TAG: that is \(form.text); \(try others(than: tag))",
                next: "name another, or allow its form by release: {tag_formats: […]}"
            )
        }
        let wanted = all.filter { names.isEmpty || names.contains($0.name) }
        let unknown = wanted.filter { service in
            if service.tagKeys.contains(driver.settings.tagKey) { return false }
            guard let then = record?[service: service.name], then.image != nil else { return true }
            return then.runningImageID ?? then.imageID == nil
        }.map(\.name)
        guard names.isEmpty ? unknown.count == wanted.count : !unknown.isEmpty else { return }
        let services = names.isEmpty ? "" : " of \(unknown.sorted().joined(separator: ", "))"
        throw CommandFailure(
            .notFound,
            "tag-not-found",
            "no snapshot says which images\(services) ran under TAG \(tag), and no service names its "
                + "tag by \(driver.settings.tagKey); \(try others(than: tag))",
            state: "nothing was changed",
            next: "recover rollback, which shows the TAGs"
        )
    }

    /// Whether this machine has an image of a TAG: of whatever form it is, it is one.
    private static func hasImage(
        of tag: String,
        _ names: [String],
        _ driver: ComposeDriver
    ) -> Bool {
        // The name may be none that compose files or an engine take.
        let tagged = (try? driver.stack(tag: tag))?.services ?? []
        return hasImage(tagged.filter { $0.tagKeys.contains(driver.settings.tagKey) }, names) {
            (try? driver.imageID(of: $0)) ?? nil
        }
    }

    /// Whether one of the services that are to change has an image.
    ///
    /// - Parameters:
    ///   - services: As the files describe them with the TAG, but only those that are tagged by it.
    ///   - names: The services that are to change; none means all.
    ///   - id: Gives the id of an image.
    /// - Returns: False where no service is in scope.
    static func hasImage(
        _ services: [ComposeService],
        _ names: [String],
        id: (ComposeService) -> String?
    ) -> Bool {
        services.contains { (names.isEmpty || names.contains($0.name)) && id($0) != nil }
    }

    private func others(than tag: String) throws(CommandFailure) -> String {
        let tags = try candidates().map(\.tag).filter { $0 != tag }
        if tags.isEmpty { return "no other TAG is known" }
        let near = nearestNames(to: tag, among: tags)
        return near.isEmpty
            ? "known are " + tags.prefix(3).joined(separator: ", ")
            : "near: " + near.joined(separator: ", ")
    }
}
