internal import Calendars
internal import Files
internal import Manifests

/// Looks at one version folder: sizes, marks and the names in its manifest, no content.
struct VersionSurvey {
    private(set) var version: ModelVersion

    private struct Findings {
        var sizeBytes: UInt64 = 0
        var files: Set<Path> = []
        var newestNanoseconds = Int64.min
        var oldestNanoseconds = Int64.max
        var failure: String?
        var isMarked = false
        var hasManifest = false
    }

    init(
        _ root: borrowing Directory,
        _ name: Path,
        _ settings: ModelFolder.Settings,
        named time: CivilTime,
        now: Moment
    ) {
        let found = Self.look(root, name, settings)
        let namedAt = settings.zone.moment(of: time)
        let manifest = found.hasManifest ? Self.manifest(root, name) : nil
        let state: ModelVersion.State =
            if let failure = found.failure {
                .damaged(failure)
            } else if case .failure(let error) = manifest {
                .damaged("its manifest cannot be read: \(error.message)")
            } else if case .success(let manifest) = manifest,
                let missing = manifest.lines.first(where: {
                    !found.files.contains($0.path.normalized)
                })
            {
                .damaged("\(missing.path) is missing")
            } else {
                Self.readiness(found, settings, now)
            }
        let recorded = (try? manifest?.get())?.created
        version = ModelVersion(
            name: name.description,
            created: recorded ?? namedAt,
            isCreationRecorded: recorded != nil,
            hasManifest: (try? manifest?.get()) != nil,
            sizeBytes: found.sizeBytes,
            fileCount: found.files.count,
            state: state,
            clockOffsetHours: Self.clockOffset(namedAt, found, recorded)
        )
    }

    private static func look(
        _ root: borrowing Directory,
        _ name: Path,
        _ settings: ModelFolder.Settings
    ) -> Findings {
        var found = Findings()
        let folder: Directory
        do throws(FileError) {
            folder = try root.folder(name)
        } catch {
            found.failure = error.message
            return found
        }
        TreeWalk.run(folder) { (item, _) in
            found.newestNanoseconds = max(
                found.newestNanoseconds,
                item.status.modifiedNanoseconds,
                item.status.changedNanoseconds
            )
            guard item.status.kind == .file else { return .descend }
            if item.path == settings.readyFile {
                found.isMarked = true
            } else if item.path == VersionManifest.fileName {
                found.hasManifest = true
            } else {
                found.files.insert(item.path)
                found.sizeBytes += item.status.sizeBytes
                found.oldestNanoseconds = min(
                    found.oldestNanoseconds,
                    item.status.modifiedNanoseconds
                )
            }
            return .descend
        } onFailure: { failure in
            found.failure = failure.cause.message
        }
        return found
    }

    private static func manifest(
        _ root: borrowing Directory,
        _ name: Path
    ) -> Result<VersionManifest, ModelError> {
        do throws(ModelError) {
            return .success(try VersionManifest.read(in: root, name))
        } catch {
            return .failure(error)
        }
    }

    private static func readiness(
        _ found: Findings,
        _ settings: ModelFolder.Settings,
        _ now: Moment
    ) -> ModelVersion.State {
        if found.files.isEmpty { return .incomplete("it holds no file") }
        if found.isMarked { return .ready }
        let quietSeconds =
            now.secondsSince1970
            - Moment(nanoseconds: found.newestNanoseconds).secondsSince1970
        if quietSeconds >= settings.settleSeconds { return .ready }
        return .incomplete(
            "it has no \(settings.readyFile) and changed \(max(0, quietSeconds)) s ago"
        )
    }

    /// Names and files of one folder may lie minutes apart, never whole hours to the minute.
    private static func clockOffset(
        _ named: Moment,
        _ found: Findings,
        _ recorded: Moment?
    ) -> Int? {
        let other = recorded ?? Moment(nanoseconds: found.oldestNanoseconds)
        guard recorded != nil || !found.files.isEmpty else { return nil }
        let seconds = other.secondsSince1970 - named.secondsSince1970
        let hours = Int((Double(seconds) / 3600).rounded())
        guard hours != 0, abs(hours) <= 14, abs(seconds - Int64(hours) * 3600) <= 120 else {
            return nil
        }
        return hours
    }
}

extension VersionManifest {
    /// Reads the manifest of a version.
    ///
    /// - Parameters:
    ///   - root: The model folder.
    ///   - name: The version.
    /// - Returns: The manifest.
    /// - Throws: ``ModelError`` with `notReady` where there is none, `damaged` where it is broken.
    static func read(in root: borrowing Directory, _ name: Path) throws(ModelError)
        -> VersionManifest
    {
        let shown = root.path.appending(name).appending(fileName)
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try root.folder(name).open(fileName, .read).readAll(limitBytes: limitBytes)
        } catch {
            guard error.code == .notFound else { throw ModelError("read", error) }
            throw ModelError(
                .notReady,
                "\(root.path.appending(name)) has no \(fileName), so nothing can be proven"
            )
        }
        do throws(ManifestError) {
            return try parse(bytes)
        } catch {
            throw ModelError(.damaged, "\(shown): \(error.message)")
        }
    }
}
