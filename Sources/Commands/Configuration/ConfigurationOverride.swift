/// A value from outside the file that takes the place of the file's.
struct ConfigurationOverride: Sendable {
    /// The key with those above it, such as `gate.retry`.
    let key: String
    /// The value as written; a path must be absolute, as only the caller knows its folder.
    let value: String
    /// The environment variable or flag that gave it.
    let origin: ConfigurationOrigin
}
