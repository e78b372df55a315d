internal import Models
internal import Monitoring

/// Whether the version of a model in use is there and whole.
struct ModelCheck {
    let name: String
    let folder: ModelFolder

    var check: Check {
        do throws(ModelError) {
            guard let current = try folder.current().version else {
                return Check("models", name, .fail, "\(folder.settings.link) names no version")
            }
            let version = try folder.version(current)
            guard version.state.isReady else {
                return Check("models", name, .fail, "\(current) is in use and not whole")
            }
            let size = ByteText.text(version.sizeBytes)
            return Check("models", name, .pass, "\(current), \(version.fileCount) files, \(size)")
        } catch {
            return Check("models", name, .fail, error.message)
        }
    }
}
