public import Deployments
public import Files
internal import Manifests

/// What runs now, as a component: the record, the compose files, and env files where that is asked.
public struct DeploymentSource: Sendable {
    /// What was found out.
    public var record: DeploymentRecord
    /// The images themselves, where they are to be kept.
    public var images: ImageArchive?
    private let contents: [DeploymentSurvey.Content]
    /// What must be said whatever was found.
    private let warnings: [CaptureReport.Problem]

    /// The component's name.
    public var name: String { DeploymentRecord.componentName }

    /// Where it comes from, for people.
    public var origin: String { record.files.map(\.path).joined(separator: ",") }

    /// Takes what a survey found.
    ///
    /// - Parameter survey: Which has looked.
    public init(_ survey: DeploymentSurvey) {
        record = survey.record
        contents = survey.contents
        warnings =
            survey.record.environmentFiles.contains { $0.storedAs != nil }
            ? [
                .init(
                    code: "secrets-stored",
                    path: "env",
                    message: "env files are kept with all their values, and repositories are not "
                        + "encrypted yet",
                    weight: .warning
                )
            ] : []
    }

    /// Writes the component.
    ///
    /// - Parameters:
    ///   - schemas: The databases of components, as they were captured.
    ///   - owner: A folder of ours, whose owner the record gets.
    ///   - sink: Where it goes.
    /// - Returns: What could not be found out; always complete.
    /// - Throws: ``CaptureError`` of the sink.
    public func capture(
        schemas: [SchemaRevision],
        owner: FileStatus,
        into sink: any CaptureSink
    ) throws(CaptureError) -> CaptureReport {
        var record = record
        record.schemas = schemas + record.schemas
        var report = CaptureReport()
        for warning in warnings { report.note(warning) }
        for problem in record.problems {
            report.note(.init(code: "deployment", path: "", message: problem, weight: .warning))
        }
        for schema in record.schemas {
            guard let fault = schema.fault else { continue }
            let message = "the revision of \(schema.place) is not known: \(fault)"
            report.note(.init(code: "schema", path: "", message: message, weight: .warning))
        }
        var keepsImages = false
        var entries = contents.map { content in
            (
                entry: FileEntry(path: Path(content.name), kind: .file, status: content.status),
                bytes: content.bytes
            )
        }
        var description = FileEntry(path: Path(DeploymentRecord.fileName), kind: .file)
        description.mode = 0o600
        description.userID = owner.userID
        description.groupID = owner.groupID
        description.modifiedNanoseconds = Moment.now.nanoseconds
        entries.append((description, record.bytes))
        for (entry, bytes) in entries.sorted(by: { $0.entry.path < $1.entry.path }) {
            if let images, !keepsImages, images.path < entry.path {
                keepsImages = true
                try keep(images, owner, sink, &report)
            }
            try sink.add(entry) { (content) throws(CaptureError) in
                try content.keep(bytes)
                try content.endBlock()
            }
        }
        return report
    }

    /// Without the images the rest of it is kept all the same.
    private func keep(
        _ images: ImageArchive,
        _ owner: FileStatus,
        _ sink: any CaptureSink,
        _ report: inout CaptureReport
    ) throws(CaptureError) {
        do throws(CaptureError) {
            try images.capture(owner: owner, into: sink)
        } catch {
            guard error.code == .source else { throw error }
            let message = "the images were not kept: \(error.message)"
            report.note(
                .init(code: "images", path: "images", message: message, weight: .incomplete)
            )
        }
    }
}
