/// Where a secret is to be read; never the secret itself.
enum SecretReference: Sendable, Hashable {
    case environment(String)
    case file(String)

    /// A reference in the form that the schema accepts.
    init(_ setting: Setting) {
        if let path = setting.string.behind("file:") {
            self = .file(path)
        } else {
            self = .environment(setting.string.behind("env:") ?? "")
        }
    }
}
