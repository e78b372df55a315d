internal import Archiving
public import Files

/// An archive that cannot become a snapshot.
public struct ImportError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Code: Sendable {
        /// The file is not there, or cannot be read.
        case file
        /// It is neither an archive nor a database.
        case notAnArchive
        /// It is not what its checksum says.
        case wrongDigest
        /// It is cut short or contradicts itself.
        case damaged
        /// A member would leave the folder, or is nothing that belongs into an archive.
        case unsafe
        /// It holds more than there is room for.
        case noRoom
        /// What it holds does not fit the component.
        case layout
    }

    /// What kind of failure it is.
    public let code: Code
    /// What failed.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    init(_ error: ArchiveError, _ path: Path) {
        let code: Code =
            switch error.code {
            case .notAnArchive: .notAnArchive
            case .truncated, .damaged: .damaged
            case .limitExceeded: .noRoom
            case .refused: .unsafe
            case .notRepresentable, .sizeMismatch, .inputOutput, .setup: .file
            }
        self.init(code, "\(path): \(error)")
    }

    /// A failure of a file.
    ///
    /// - Parameter error: What the kernel said.
    public init(_ error: FileError) {
        self.init(error.code == .full ? .noRoom : .file, error.message)
    }

    /// The message.
    public var description: String { message }
}

/// Runs a call about files, its failure becoming one of the import.
func importing<Result: ~Copyable>(
    _ body: () throws(FileError) -> Result
) throws(ImportError) -> Result {
    do throws(FileError) {
        return try body()
    } catch {
        throw ImportError(error)
    }
}
