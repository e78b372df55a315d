internal import Subjects
internal import Transfers

extension QdrantSource {
    /// What the configuration says of a Qdrant, with its secrets read.
    init(
        _ options: Component.QdrantOptions,
        name: String,
        environment: [String: String]
    ) throws(CommandFailure) {
        var address = QdrantAddress(url: options.url)
        if let key = options.apiKey { address.credential = .apiKey(try key.value(environment)) }
        address.trust.authorityFile = options.authoritiesPath
        address.trust.certificateFile = options.clientCertificatePath
        address.trust.keyFile = options.clientKeyPath
        if let text = environment["QDRANT_MAX_RETRIES"] {
            guard let limit = QdrantAddress.retryLimit(text) else {
                throw CommandFailure(
                    .configuration,
                    "qdrant-retries",
                    "QDRANT_MAX_RETRIES is \(text), and no number from 0 to 100",
                    component: name
                )
            }
            address.retryLimit = limit
        }
        address.patienceSeconds = Int(options.patience.components.seconds)
        self.init(name: name, address: address)
        peers = options.peers
        collections = options.collections
        method = Method(rawValue: options.method.rawValue) ?? .auto
    }
}
