internal import Glibc

/// Which processes have certain files open or locked, as far as `/proc` shows them to us.
public struct FileHolders {
    /// A process that holds a file.
    public struct Holder: Sendable, Hashable {
        /// The process's number.
        public let processID: Int
        /// Its name, such as `python3`.
        public let name: String
        /// The file.
        public let path: Path
    }

    /// Looks at all processes but our own.
    ///
    /// - Parameter paths: Files by their paths; missing ones are passed over.
    /// - Returns: The holders in order of process. What processes of other users have open is seen by
    ///   root only, what they have locked by everybody.
    public static func find(_ paths: [Path]) -> [Holder] {
        var wanted: [FileIdentity: Path] = [:]
        for path in paths {
            guard let status = try? FileStatus(of: path, following: true) else { continue }
            wanted[FileIdentity(status)] = path
        }
        guard !wanted.isEmpty, let processes = try? Directory(Path("/proc")),
            let names = try? processes.names()
        else { return [] }
        let own = Int(getpid())
        var found: [Holder] = []
        for name in names {
            guard let number = name.text.flatMap({ Int($0) }), number != own else { continue }
            let folder = Path("/proc/\(number)/fd")
            guard let descriptors = try? Directory(folder), let open = try? descriptors.names()
            else {
                continue
            }
            for descriptor in open {
                let path = folder.appending(descriptor)
                guard let status = try? FileStatus(of: path, following: true),
                    let held = wanted[FileIdentity(status)]
                else { continue }
                found.append(Holder(processID: number, name: Self.name(number), path: held))
                break
            }
        }
        let known = Set(found.map(\.processID)).union([own])
        found += lockHolders(wanted).filter { !known.contains($0.processID) }
        return found.sorted { $0.processID < $1.processID }
    }

    /// Each process once that has a lock on one of the files.
    ///
    /// SQLite keeps one on the log's index for as long as a database is open in WAL mode.
    private static func lockHolders(_ wanted: [FileIdentity: Path]) -> [Holder] {
        guard let file = try? OpenFile(Path("/proc/locks"), .read),
            let bytes = try? file.readAll(limitBytes: 64 << 20)
        else { return [] }
        var found: [Int: Holder] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: " ")
            for (before, field) in zip(fields, fields.dropFirst()) {
                guard let identity = FileIdentity(lock: field), let path = wanted[identity],
                    let number = Int(before), number > 0, found[number] == nil
                else { continue }
                found[number] = Holder(processID: number, name: name(number), path: path)
            }
        }
        return Array(found.values)
    }

    private static func name(_ processID: Int) -> String {
        guard let file = try? OpenFile(Path("/proc/\(processID)/comm"), .read),
            let bytes = try? file.readAll(limitBytes: 4096)
        else { return "?" }
        return Path(bytes: bytes.filter { $0 >= 32 }).description
    }
}
