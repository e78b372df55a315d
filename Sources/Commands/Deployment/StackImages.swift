internal import Cryptography
internal import Deployments
internal import Files
internal import FoundationEssentials
internal import Subjects

/// Keeps the images of the last TAGs from going: each gets a further name of ours.
///
/// They were built on this machine and can be had nowhere else. The names are
/// `recover-keep/STACK/SERVICE:TAG_ID`; a note in the state folder knows their order.
struct StackImages {
    private static let name = Path("images.json")

    struct Pin: Codable, Equatable {
        var tag: String
        var service: String
        var imageID: String
        var name: String

        enum CodingKeys: String, CodingKey {
            case tag, service, name
            case imageID = "image_id"
        }
    }

    private let state: Path
    private let stack: String
    private let keepCount: Int
    private let record: DeploymentRecord
    private let engine: ContainerEngine?

    init(
        _ configuration: Configuration,
        _ state: StateFolder,
        _ record: DeploymentRecord,
        _ context: Context
    ) {
        self.state = state.path
        self.record = record
        stack = configuration.stack
        keepCount = configuration.images.keepCount
        engine =
            record.engineVersion == nil
            ? nil
            : ContainerEngine(
                program: record.compose?.engineProgram ?? "docker",
                environment: context.environment
            )
    }

    /// The services whose images go with the TAG, each with the image that it runs.
    private var current: [Pin] {
        guard let tag = record.tag.value else { return [] }
        return record.tag.services.compactMap { name in
            guard let service = record[service: name],
                let id = service.runningImageID ?? service.imageID
            else { return nil }
            return Pin(tag: tag, service: name, imageID: id, name: Self.name(stack, name, tag, id))
        }
    }

    /// The images as one archive; nil where there are none, or the engine does not answer.
    ///
    /// - Parameter folder: Private, with room for it.
    /// - Returns: The archive, not made yet.
    func archive(in folder: Path) -> ImageArchive? {
        guard let engine, !current.isEmpty else { return nil }
        let ids = current.map(\.imageID).sorted().joined(separator: "\n")
        // The names of the files by which a start looks for them, and ours for what they run.
        var names = current.map(\.name)
        for pin in current {
            guard let service = record[service: pin.service], service.imageID == pin.imageID,
                // One with a value of the env file in it is not written into an archive.
                let image = service.image, !image.contains("${")
            else { continue }
            names.append(image)
        }
        let wanted = Set(names).sorted()
        let file = folder.appending("images.tar")
        let digest = SHA256.digest(of: Array((ids + "\n" + wanted.joined(separator: "\n")).utf8))
        return ImageArchive(name: "\(digest.hex.prefix(16)).tar") { () throws(CaptureError) in
            do throws(DeploymentError) {
                try engine.save(wanted, to: file)
                return file
            } catch {
                throw CaptureError(code: .source, message: error.message, cause: error)
            }
        }
    }

    /// Pins what runs now, and lets those go that are too old; blocks on the engine.
    ///
    /// - Returns: What could not be done.
    func pin() -> [Report.Warning] {
        guard let engine else { return [] }
        do throws(DeploymentError) {
            var pins = read()
            for pin in current {
                try engine.tag(pin.imageID, as: pin.name)
                // The newest last.
                pins.removeAll { $0 == pin }
                pins.append(pin)
            }
            let (kept, old) = Self.divide(pins, keepCount)
            write(kept + old)
            for pin in old where try engine.imageID(of: pin.name) != nil {
                try engine.untag(pin.name)
            }
            write(kept)
            return []
        } catch {
            return [.init(code: "images", message: "images could not be pinned: \(error.message)")]
        }
    }

    /// The pins of the newest TAGs, and the others.
    static func divide(_ pins: [Pin], _ keepCount: Int) -> (kept: [Pin], old: [Pin]) {
        var tags: [String] = []
        for pin in pins.reversed() where !tags.contains(pin.tag) { tags.append(pin.tag) }
        let newest = Set(tags.prefix(keepCount))
        return (pins.filter { newest.contains($0.tag) }, pins.filter { !newest.contains($0.tag) })
    }

    /// A name that every engine accepts.
    static func name(_ stack: String, _ service: String, _ tag: String, _ id: String) -> String {
        func word(_ text: String) -> String {
            let letters = text.lowercased().map { letter -> Character in
                letter.isASCII && (letter.isLetter || letter.isNumber) ? letter : "-"
            }
            let plain = String(letters).split(separator: "-").joined(separator: "-")
            return plain.isEmpty ? "x" : plain
        }
        let digits = id.split(separator: ":").last.map(String.init) ?? id
        let plain = tag.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
        return
            "recover-keep/\(word(stack))/\(word(service)):\(plain.prefix(100))_\(digits.prefix(12))"
    }

    private func read() -> [Pin] {
        guard let bytes = (try? Directory(state).readNote(Self.name)) ?? nil else { return [] }
        return (try? JSONDecoder().decode([Pin].self, from: Data(bytes))) ?? []
    }

    private func write(_ pins: [Pin]) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(pins) else {
            preconditionFailure("texts always encode")
        }
        try? Directory(state).writeNote(Self.name, Array(data))
    }
}
