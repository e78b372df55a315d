extension DeploymentRecord {
    /// One service: what the files say of it, and its containers.
    public struct Service: Codable, Sendable, Equatable {
        /// What compose calls it.
        public var name: String
        /// The image that the files name, with the TAG put in and other variables of the env file as
        /// `${NAME}`; nil where they name none.
        public var image: String?
        /// The tag of that image; nil where it has none.
        public var tag: String?
        /// The image that had this name; nil where this machine had none.
        public var imageID: String?
        /// When the engine starts it again, as the files say; nil is never.
        public var restart: String?
        /// What its data is, where its files are whole only while it is stopped.
        public var data: String?
        /// Its containers; none where it was never started, or the engine did not answer.
        public var containers: [Container] = []

        /// Whether a container of it is at work.
        public var isUp: Bool { containers.contains(where: \.isUp) }

        /// The image that its containers run, which need not be the one that has the name now.
        public var runningImageID: String? { containers.first(where: \.isUp)?.imageID }

        /// What runs, where it is not what the files name now; nil also where that cannot be known.
        public var drift: String? {
            guard let image, let imageID, let running = runningImageID, running != imageID else {
                return nil
            }
            return "\(image) is \(imageID.prefix(19)) now, but \(running.prefix(19)) runs"
        }

        init(name: String) {
            self.name = name
        }

        enum CodingKeys: String, CodingKey {
            case name, image, tag, restart, data, containers
            case imageID = "image_id"
        }
    }
}

/// The tag of an image's name.
public enum ImageName {
    /// Divides a name.
    ///
    /// - Parameter name: Such as `localhost:5000/ai/backend:2026.01.14`.
    /// - Returns: What stands before the tag, and the tag; nil where there is none, or a digest.
    public static func parts(_ name: String) -> (repository: String, tag: String?) {
        let plain = name.prefix { $0 != "@" }
        guard let colon = plain.lastIndex(of: ":"), !plain[colon...].contains("/") else {
            return (String(plain), nil)
        }
        return (String(plain[..<colon]), String(plain[plain.index(after: colon)...]))
    }
}
