internal import Documents

/// Where a value of the configuration comes from.
enum ConfigurationOrigin: Sendable, Hashable, CustomStringConvertible {
    case standard
    case file(String, DocumentPosition)
    case environment(String)
    case flag(String)

    /// As `config show` writes it behind the value.
    var description: String {
        switch self {
        case .standard: "default"
        case .file(let name, let position): "\(name):\(position.line)"
        case .environment(let variable): "environment \(variable)"
        case .flag(let flag): flag
        }
    }

    /// As a message begins.
    var place: String {
        guard case .file(let name, let position) = self else { return description }
        return "\(name):\(position.line):\(position.column)"
    }
}
