internal import Deduplication
internal import Files
internal import Storage

/// Makes the folder of a repository and the repository in it.
enum RepositoryMaking {
    struct Made {
        /// False where there was a repository already.
        let isNew: Bool
        /// What its file system can do.
        let probe: StoreProbe
    }

    /// What lies in every repository for the person who finds it.
    static let texts = [
        "README.txt": RepositoryTexts.readme, "restore.sh": RepositoryTexts.restore,
    ]

    /// Makes what is missing, once the file system has shown that it can keep a repository.
    ///
    /// - Parameter place: The repository's folder.
    /// - Returns: What is there now.
    /// - Throws: ``CommandFailure``; folders that were made for it are gone again.
    static func make(_ place: Path) throws(CommandFailure) -> Made {
        var made: [Path] = []
        do throws(FileError) {
            try makeFolder(place, &made)
        } catch {
            throw CommandFailure(error, doing: "make the repository's folder")
        }
        do throws(CommandFailure) {
            return try makeRepository(place)
        } catch {
            // Nothing of ours stays behind; a folder that holds something is kept by the kernel.
            for folder in made.reversed() {
                try? Directory(folder.parent).remove(folder.lastComponent)
            }
            throw error
        }
    }

    private static func makeRepository(_ place: Path) throws(CommandFailure) -> Made {
        let store: LocalStore
        let probe: StoreProbe
        do throws(StorageError) {
            probe = try StoreProbe.run(in: place)
            store = try LocalStore(place)
        } catch {
            throw CommandFailure(error, repository: place.description)
        }
        try refuse(probe, place)
        do throws(RepositoryError) {
            try Repository.create(
                in: store,
                texts: texts
            )
            return Made(isNew: true, probe: probe)
        } catch {
            if error.code == .occupied { return Made(isNew: false, probe: probe) }
            throw CommandFailure(error)
        }
    }

    /// Refuses a file system on which a published snapshot could vanish or be replaced.
    static func refuse(_ probe: StoreProbe, _ place: Path) throws(CommandFailure) {
        let lacks = StoreProbe.Ability.allCases.filter { $0.isNeeded && probe.missing[$0] != nil }
        guard !lacks.isEmpty else { return }
        let reasons = lacks.map { "\($0.rawValue): \(probe.missing[$0] ?? "")" }
        throw CommandFailure(
            .failed,
            "unsuitable-repository",
            "the file system of \(place) cannot keep a repository: "
                + reasons.joined(separator: "; "),
            next: "recover init --repository DIR, on a local disk"
        )
    }

    private static func makeFolder(_ place: Path, _ made: inout [Path]) throws(FileError) {
        do throws(FileError) {
            _ = try Directory(place)
        } catch {
            guard error.code == .notFound else { throw error }
            try makeFolder(place.parent, &made)
            try Directory(place.parent).makeFolder(place.lastComponent)
            made.append(place)
        }
    }
}
