internal import Files

/// Who listens on a TCP port of this machine.
struct PortHolder: Equatable {
    let processID: Int
    let name: String

    var text: String { processID > 0 ? "\(name) (process \(processID))" : name }

    /// The numbers of the sockets that listen, by port.
    static func listeners() -> [Int: Set<String>] {
        var found: [Int: Set<String>] = [:]
        for file in ["/proc/net/tcp", "/proc/net/tcp6"] {
            let bytes = try? OpenFile(Path(file), .read).readAll(limitBytes: 64 << 20)
            found.merge(read(String(decoding: bytes ?? [], as: UTF8.self))) { $0.union($1) }
        }
        return found
    }

    /// Reads the kernel's table: address:port in hexadecimal, state `0A`, the socket's number.
    static func read(_ table: String) -> [Int: Set<String>] {
        var found: [Int: Set<String>] = [:]
        for line in table.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ")
            guard fields.count > 9, fields[3] == "0A",
                let port = fields[1].split(separator: ":").last.flatMap({ Int($0, radix: 16) })
            else { continue }
            found[port, default: []].insert(String(fields[9]))
        }
        return found
    }

    /// Looks for the process behind a socket.
    ///
    /// - Parameter sockets: Numbers of sockets; those of other users are seen by root only.
    /// - Returns: The first process that is found.
    static func find(_ sockets: Set<String>) -> PortHolder {
        let unknown = PortHolder(processID: 0, name: "a process that is not ours to see")
        guard let names = try? Directory(Path("/proc")).names() else { return unknown }
        let wanted = Set(sockets.map { "socket:[\($0)]" })
        for name in names {
            guard let number = name.text.flatMap({ Int($0) }) else { continue }
            let folder = Path("/proc/\(number)/fd")
            guard let open = try? Directory(folder), let descriptors = try? open.names() else {
                continue
            }
            for descriptor in descriptors {
                guard let target = (try? open.linkTarget(descriptor))?.text, wanted.contains(target)
                else { continue }
                let comm = try? OpenFile(Path("/proc/\(number)/comm"), .read)
                    .readAll(limitBytes: 64)
                let word = String(decoding: comm ?? [], as: UTF8.self)
                return PortHolder(
                    processID: number,
                    name: String(word.prefix { !$0.isNewline })
                )
            }
        }
        return unknown
    }
}
