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
    private let areSaved: Bool
    private let form: TagForm
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
        areSaved = configuration.images.areSaved
        form = TagForm(configuration.release)
        engine =
            record.engineVersion == nil
            ? nil
            : ContainerEngine(
                program: record.compose?.engineProgram ?? "docker",
                environment: context.environment
            )
    }

    /// The services whose images go with a TAG, each with the image that it runs.
    private var current: [Pin] {
        Self.tags(record, form, known: read()).compactMap { name, tag in
            guard let service = record[service: name],
                let id = service.runningImageID ?? service.imageID
            else { return nil }
            return Pin(tag: tag, service: name, imageID: id, name: Self.name(stack, name, tag, id))
        }
    }

    /// The services whose images are ours to keep, each with the TAG that it runs.
    ///
    /// Beside services that are tagged by the key, or by a tag of its form, a tag of another form is
    /// that of a foreign image; where there are none, nobody can tell the two apart, and all are kept.
    ///
    /// - Parameters:
    ///   - record: What runs.
    ///   - form: What a TAG looks like.
    ///   - known: Earlier pins, which know the TAG of what a recovery started by its id.
    /// - Returns: By service.
    static func tags(
        _ record: DeploymentRecord,
        _ form: TagForm,
        known: [Pin]
    ) -> [(service: String, tag: String)] {
        var found: [(service: String, tag: String)] = []
        if let tag = record.tag.value { found = record.tag.services.map { ($0, tag) } }
        var foreign: [(service: String, tag: String)] = []
        for name in record.tag.literalServices {
            guard let service = record[service: name],
                let id = service.runningImageID ?? service.imageID
            else { continue }
            let started = service.containers.first(where: \.isUp)?.imageName ?? service.image ?? ""
            let own =
                TagForm.tags(of: [started]).first
                ?? known.last { $0.service == name && $0.imageID == id }?.tag
                ?? (id == service.imageID ? service.tag : nil)
            let isOurs = form.accepts(own ?? service.tag ?? "")
            let pair = (service: name, tag: own ?? Self.digits(id))
            if isOurs { found.append(pair) } else { foreign.append(pair) }
        }
        return record.tag.services.isEmpty && found.isEmpty ? foreign : found
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
            let (kept, old) = Self.divide(
                pins,
                keepCount,
                Set(current.map(\.service)),
                byKey: Set(record.tag.services)
            )
            write(kept + old)
            for pin in old where try engine.imageID(of: pin.name) != nil {
                try engine.untag(pin.name)
            }
            write(kept)
            return areSaved && current.isEmpty ? [Self.nothing] : []
        } catch {
            return [.init(code: "images", message: "images could not be pinned: \(error.message)")]
        }
    }

    /// It was asked for, and nobody must lean on it.
    private static let nothing = Report.Warning(
        code: "images",
        message: "no image is kept or saved: no service has one with a tag"
    )

    /// The pins of the newest TAGs of each service, and the others.
    ///
    /// A tag that stands in the files may stay while its image is built again and again: there
    /// images count.
    ///
    /// - Parameters:
    ///   - pins: All, the newest last.
    ///   - keepCount: How many TAGs stay; of services without the key how many images.
    ///   - services: Those of now; what others have left grows old with the TAGs of all.
    ///   - byKey: Those that are tagged by the key.
    /// - Returns: In the same order.
    static func divide(
        _ pins: [Pin],
        _ keepCount: Int,
        _ services: Set<String>,
        byKey: Set<String>
    ) -> (kept: [Pin], old: [Pin]) {
        func newest(_ pins: [Pin], _ value: (Pin) -> String) -> Set<String> {
            Set(pins.reversed().map(value).uniqued.prefix(keepCount))
        }
        let all = newest(pins, \.tag)
        func isKept(_ pin: Pin) -> Bool {
            let own = pins.filter { $0.service == pin.service }
            if byKey.contains(pin.service) { return newest(own, \.tag).contains(pin.tag) }
            if services.contains(pin.service) {
                return newest(own, \.imageID).contains(pin.imageID)
            }
            let same = own.filter { $0.tag == pin.tag }
            return all.contains(pin.tag) && newest(same, \.imageID).contains(pin.imageID)
        }
        return (pins.filter(isKept), pins.filter { !isKept($0) })
    }

    /// What an id begins with, as people are shown it.
    private static func digits(_ id: String) -> String {
        String((id.split(separator: ":").last ?? "").prefix(12))
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
        let plain = tag.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
        return
            "recover-keep/\(word(stack))/\(word(service)):\(plain.prefix(100))_\(digits(id))"
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
