internal import Deduplication
internal import Files
internal import Storage

/// Makes the folder of a repository and the repository in it.
enum RepositoryMaking {
    /// Makes what is missing.
    ///
    /// - Parameter place: The repository's folder.
    /// - Returns: False where there was a repository already.
    static func make(_ place: Path) throws(CommandFailure) -> Bool {
        do throws(FileError) {
            try makeFolder(place)
        } catch {
            throw CommandFailure(error, doing: "make the repository's folder")
        }
        let store: LocalStore
        do throws(StorageError) {
            store = try LocalStore(place)
        } catch {
            throw CommandFailure(error, repository: place.description)
        }
        do throws(RepositoryError) {
            try Repository.create(
                in: store,
                texts: ["README.txt": RepositoryTexts.readme, "restore.sh": RepositoryTexts.restore])
            return true
        } catch {
            if error.code == .occupied { return false }
            throw CommandFailure(error)
        }
    }

    private static func makeFolder(_ place: Path) throws(FileError) {
        do throws(FileError) {
            _ = try Directory(place)
        } catch {
            guard error.code == .notFound else { throw error }
            try makeFolder(place.parent)
            try Directory(place.parent).makeFolder(place.lastComponent)
        }
    }
}
