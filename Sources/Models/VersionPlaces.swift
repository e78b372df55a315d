internal import Files

/// The version folders as the kernel knows them: a link may lead to one by many ways, and its text
/// says nothing certain.
struct VersionPlaces {
    /// Where a path leads.
    enum End {
        /// To a version, or to something in it.
        case version(String)
        /// To a folder of the model folder that is no version.
        case unknown(Path)
        /// To a file beside the versions, or out of the model folder.
        case elsewhere
        /// To nothing, in a circle, or where nobody may look.
        case nowhere(FileError)
    }

    private let root: Path
    private let rootIdentity: FileIdentity
    private let names: [FileIdentity: String]

    /// Looks at the version folders.
    ///
    /// - Parameters:
    ///   - root: The model folder.
    ///   - pattern: How versions are named.
    /// - Throws: ``FileError``.
    init(_ root: borrowing Directory, _ pattern: VersionPattern) throws(FileError) {
        var found: [FileIdentity: String] = [:]
        for name in try root.names() {
            guard let text = name.text, pattern.time(of: text) != nil,
                let status = try? root.status(name), status.kind == .folder
            else { continue }
            found[FileIdentity(status)] = text
        }
        names = found
        self.root = root.path
        rootIdentity = FileIdentity(try root.status(Path("")))
    }

    /// The version that a path stands for, links followed; nil for anything else.
    ///
    /// - Parameter path: From the model folder, or absolute.
    /// - Returns: Its name.
    func version(at path: Path) -> String? {
        guard let status = try? FileStatus(of: root.appending(path), following: true) else {
            return nil
        }
        return names[FileIdentity(status)]
    }

    /// Where a path leads, links followed.
    ///
    /// - Parameter path: From the model folder, or absolute.
    /// - Returns: The end of the way.
    func end(of path: Path) -> End {
        do throws(FileError) {
            let real = try root.appending(path).real()
            let isFolder = try FileStatus(of: real).kind == .folder
            var place = real
            while true {
                let identity = FileIdentity(try FileStatus(of: place))
                if let version = names[identity] { return .version(version) }
                if identity == rootIdentity, isFolder, place != real { return .unknown(real) }
                if place == Path("/") { return .elsewhere }
                place = place.parent
            }
        } catch {
            return .nowhere(error)
        }
    }
}
