extension Component {
    /// A database, a folder with databases, or files, by what lies at the path.
    struct PathOptions: Sendable, Hashable {
        /// Absolute; may end in a pattern such as `*.gguf`.
        let path: String
        let storage: Storage
        let isAppendOnly: Bool
        /// Patterns in addition to those of the whole stack.
        let exclude: [String]
        /// Whether the hooks hold the writer of an encrypted database during the copy.
        let isWriterPaused: Bool

        init(_ setting: Setting) {
            path = setting["path"].string
            storage = setting["store"].choice()
            isAppendOnly = setting["append_only"].flag
            exclude = setting["exclude"].strings
            isWriterPaused = setting.find("writer") != nil
        }
    }

    /// A named Docker volume.
    struct VolumeOptions: Sendable, Hashable {
        let volume: String
        let isAppendOnly: Bool
        let exclude: [String]
        let isWriterPaused: Bool

        init(_ setting: Setting) {
            volume = setting["volume"].string
            isAppendOnly = setting["append_only"].flag
            exclude = setting["exclude"].strings
            isWriterPaused = setting.find("writer") != nil
        }
    }

    /// A vector database.
    struct QdrantOptions: Sendable, Hashable {
        let url: String
        let apiKey: SecretReference?
        /// Nil means all of them.
        let collections: [String]?
        let peers: [String]
        let authoritiesPath: String?
        let clientCertificatePath: String?
        let clientKeyPath: String?
        let method: QdrantMethod
        /// How long it may be silent.
        let patience: Duration

        init(_ setting: Setting) {
            url = setting["qdrant"].string
            apiKey = setting.find("api_key").map(SecretReference.init)
            collections = setting.find("collections")?.strings
            peers = setting["peers"].strings
            authoritiesPath = setting.find("ca")?.string
            clientCertificatePath = setting.find("client_cert")?.string
            clientKeyPath = setting.find("client_key")?.string
            method = setting["method"].choice()
            patience = setting["timeout"].duration
        }
    }

    /// A folder of model folders, one for each version, and the link to the one in use.
    struct VersionsOptions: Sendable, Hashable {
        let path: String
        let link: String
        let pattern: String
        /// Nil means the zone of the host.
        let zone: String?
        /// The file that says a version is whole.
        let readyFile: String
        /// How long a version without that file must lie still.
        let settle: Duration
        let storage: Storage
        let exclude: [String]

        init(_ setting: Setting) {
            path = setting["versions"].string
            link = setting["link"].string
            pattern = setting["pattern"].string
            zone = setting.find("zone")?.string
            readyFile = setting["ready"].string
            settle = setting["settle"].duration
            storage = setting["store"].choice()
            exclude = setting["exclude"].strings
        }
    }
}
