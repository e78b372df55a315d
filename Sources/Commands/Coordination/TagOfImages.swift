internal import Deployments

/// The TAG of images by their names, where no key of an env file says it.
extension TagForm {
    /// The tags of names; an id has none.
    static func tags(of names: [String]) -> [String] {
        names.filter { !isID($0) }.compactMap { ImageName.parts($0).tag }.uniqued
    }

    static func isID(_ name: String) -> Bool { name.hasPrefix("sha256:") }

    /// The one TAG that names have in common; tags of other forms are those of others' images.
    ///
    /// - Parameter names: As the containers were started with them.
    /// - Returns: Nil where there is none, where they do not agree, or where one is an id, as
    ///   recoveries leave them.
    func common(of names: [String]) -> String? {
        if names.contains(where: Self.isID) { return nil }
        let tags = Self.tags(of: names).filter(accepts)
        return tags.count == 1 ? tags[0] : nil
    }

    /// The TAG that services run which are tagged by the key.
    ///
    /// - Parameters:
    ///   - services: The image that the files name, and the one that was started.
    ///   - written: The value of the key.
    /// - Returns: The value, unless the services run another TAG than it names.
    func ran(_ services: [(file: String?, started: String)], written: String?) -> String? {
        if services.allSatisfy({ $0.file == $0.started }) { return written }
        return common(of: services.map(\.started)) ?? written
    }
}

extension DeploymentRecord {
    /// The TAG that ran, whatever the snapshot is called.
    ///
    /// An env file that was edited and not yet followed by `up` says what was to come.
    ///
    /// - Returns: Nil where nothing says it.
    func tagThatRan(_ form: TagForm) -> String? {
        let isByKey = !tag.services.isEmpty
        let all = (isByKey ? tag.services : tag.literalServices).compactMap { self[service: $0] }
        // What is stopped says nothing beside what runs: it may be named by an edited file.
        let up = all.filter { $0.containers.contains(where: \.isUp) }
        let started = (up.isEmpty ? all : up).compactMap { service in
            (service.containers.first(where: \.isUp)?.imageName ?? service.image).map {
                (file: service.image, started: $0)
            }
        }
        if isByKey { return form.ran(started, written: tag.value) }
        // A key that tags no service says nothing of any image.
        return form.common(of: started.map(\.started))
    }
}
