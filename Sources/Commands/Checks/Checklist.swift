internal import Deduplication
internal import Files
internal import Models
internal import Monitoring

/// What is gone through after a deployment: health, smoke, the model in use, the last snapshot.
struct Checklist {
    /// The runbooks give it so long.
    static let budgetSeconds = 900

    let loaded: LoadedConfiguration
    let context: Context

    func checks() -> [Check] {
        let watch = Stopwatch()
        var checks = StackHealth(loaded: loaded, context: context).checks()
        checks += SmokeTest(configuration: loaded.value, context: context).checks()
        checks += loaded.value.components.compactMap(model)
        checks.append(lastSnapshot)
        let seconds = Int(watch.seconds)
        checks.append(
            seconds <= Self.budgetSeconds
                ? Check("time", nil, .pass, "\(seconds) s of \(Self.budgetSeconds) s")
                : Check("time", nil, .fail, "\(seconds) s, more than \(Self.budgetSeconds) s")
        )
        return checks
    }

    private func model(_ component: Component) -> Check? {
        guard case .versions(let options) = component.kind,
            let settings = try? ModelPlace.settings(options)
        else { return nil }
        return ModelCheck(name: component.name, folder: ModelFolder(settings)).check
    }

    /// Younger than the configuration says, and whole.
    private var lastSnapshot: Check {
        let configuration = loaded.value
        let snapshots: [Snapshot]
        do throws(CommandFailure) {
            let repository = try context.repository()
            snapshots = try querying { () throws(RepositoryError) in
                try repository.snapshots(of: configuration.stack)
            }
        } catch {
            return Check("snapshot", nil, .fail, error.message)
        }
        guard let newest = snapshots.last(where: { $0.complete && !$0.isImport }),
            let finished = Moment(rfc3339: newest.finishedAt)
        else {
            return Check("snapshot", nil, .fail, "there is no whole snapshot yet")
        }
        let age = Int64(Moment.now.seconds(since: finished))
        let text =
            "\(newest.id)" + (newest.tag.map { " of TAG \($0)" } ?? "")
            + ", \(age / 60) minutes old"
        return age <= configuration.schedule.freshness.components.seconds
            ? Check("snapshot", nil, .pass, text) : Check("snapshot", nil, .fail, text)
    }
}
