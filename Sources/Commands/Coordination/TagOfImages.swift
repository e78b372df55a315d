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
}

extension DeploymentRecord {
    /// The TAG that ran, whatever the snapshot is called.
    ///
    /// An env file that was edited and not yet followed by `up` says what was to come.
    ///
    /// - Returns: Nil where nothing says it.
    func tagThatRan(_ form: TagForm) -> String? {
        let isByKey = !tag.services.isEmpty
        let mine = (isByKey ? tag.services : tag.literalServices).compactMap { self[service: $0] }
        let names = mine.compactMap { $0.containers.first(where: \.isUp)?.imageName ?? $0.image }
        if isByKey {
            if names == mine.compactMap(\.image) { return tag.value }
        } else if names.contains(where: TagForm.isID) {
            return nil
        }
        // A key that tags no service says nothing of any image.
        return form.common(of: names) ?? (isByKey ? tag.value : nil)
    }
}
