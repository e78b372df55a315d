public import Files

/// The component that an archive is imported as.
public struct ImportTarget: Sendable {
    /// Whether a component is one file or a folder of them.
    public enum Shape: Sendable, Equatable {
        /// A folder with all that it holds.
        case folder
        /// One file.
        case file
    }

    /// The component's name.
    public let name: String
    /// Where it lies on this machine, whether or not it is there now.
    public let path: Path
    /// What it is.
    public let shape: Shape
    /// The names of all components: the top folders of an export.
    public let components: Set<String>

    /// Describes a component.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - path: Where it lies.
    ///   - shape: What it is.
    ///   - components: The names of all components.
    public init(name: String, path: Path, shape: Shape, components: Set<String>) {
        self.name = name
        self.path = path
        self.shape = shape
        self.components = components
    }
}
