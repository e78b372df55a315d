internal import Files
internal import Monitoring

/// The metrics written anew outside of an operation's end.
struct MetricsRefresh {
    private let loaded: LoadedConfiguration
    private let context: Context

    init(_ loaded: LoadedConfiguration, _ context: Context) {
        self.loaded = loaded
        self.context = context
    }

    /// Writes what is known now.
    ///
    /// - Parameter standing: How the stack stands; looked at where nil.
    /// - Returns: What went wrong, as warnings.
    func run(_ standing: StackStanding? = nil) -> [Report.Warning] {
        guard let path = loaded.value.metrics else { return [] }
        do throws(FileError) {
            try MetricsFile(path).write(standing ?? StandingSurvey(loaded, context).run())
            return []
        } catch {
            return [Self.warning(error.message)]
        }
    }

    /// Keeps what a look at the stack's health found, and writes the metrics with it.
    ///
    /// - Parameter checks: What was found.
    /// - Returns: What went wrong, as warnings.
    func run(health checks: [Check]) -> [Report.Warning] {
        guard loaded.value.metrics != nil else { return [] }
        do throws(CommandFailure) {
            let state = try StateFolder(loaded.value, environment: context.environment)
            do throws(FileError) {
                try HealthNote.write(checks, state.path)
            } catch {
                throw CommandFailure(error, doing: "keep what was found")
            }
        } catch {
            return [Self.warning(error.message)]
        }
        return run()
    }

    private static func warning(_ why: String) -> Report.Warning {
        .init(code: "metrics", message: "the metrics are not written: \(why)")
    }
}
