internal import Files
internal import Monitoring

/// Whether there is room.
struct DiskSpace {
    private let limits: Configuration.Preflight

    init(_ limits: Configuration.Preflight) {
        self.limits = limits
    }

    /// Compares the room of a file system with what the configuration asks for.
    ///
    /// - Parameters:
    ///   - name: The check's name.
    ///   - path: A place in the file system; the nearest folder above it that is there counts.
    ///   - subject: What the check is about.
    ///   - needBytes: What is going to be written there.
    /// - Returns: The check.
    func check(_ name: String, _ path: Path, subject: String? = nil, needBytes: UInt64 = 0) -> Check
    {
        guard let room = Self.room(path) else {
            return Check(name, subject, .fail, "the file system of \(path) tells no room")
        }
        let left = room > needBytes ? room - needBytes : 0
        let need = needBytes > 0 ? ", of which \(ByteText.text(needBytes)) are needed" : ""
        let text = "\(path) has \(ByteText.text(room)) left\(need)"
        if room < needBytes || left < UInt64(limits.diskFailBytes) {
            let floor = ByteText.text(UInt64(limits.diskFailBytes))
            return Check(name, subject, .fail, "\(text); \(floor) must stay free")
        }
        if left < UInt64(limits.diskWarnBytes) {
            let floor = ByteText.text(UInt64(limits.diskWarnBytes))
            return Check(name, subject, .warn, "\(text); less than \(floor) stay free")
        }
        return Check(name, subject, .pass, text)
    }

    /// The room that a user like us has.
    static func room(_ path: Path) -> UInt64? {
        var place = path
        while true {
            if let directory = try? Directory(place), let file = try? directory.asFile(),
                let room = try? file.room()
            {
                return room.availableBytes
            }
            if place == Path("/") || place == Path(".") { return nil }
            place = place.parent
        }
    }
}
