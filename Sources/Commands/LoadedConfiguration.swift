internal import Files
internal import Glibc

/// A configuration with the file it came from.
struct LoadedConfiguration {
    let value: Configuration
    let path: Path
    let bytes: [UInt8]

    private static let limitBytes = 1 << 20

    /// What `init` found and could not protect: the comment block at the file's end.
    var unprotected: [String] {
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard let start = lines.lastIndex(of: "# Found, not yet protected:") else { return [] }
        return lines[(start + 1)...].filter { $0.hasPrefix("# - ") }.map { String($0.dropFirst(4)) }
    }

    /// Finds and reads the configuration.
    ///
    /// - Parameters:
    ///   - name: What the command line says; nil searches from the working folder upwards.
    ///   - environment: Of this process.
    /// - Returns: The configuration.
    /// - Throws: ``CommandFailure``.
    static func find(
        named name: String?,
        environment: [String: String]
    ) throws(CommandFailure) -> LoadedConfiguration {
        let named = name.map { Path($0).absolute }
        let path = if let named { named } else { try search() }
        let bytes = try read(path)
        do throws(ConfigurationError) {
            let value = try Configuration.parse(
                bytes: bytes,
                fileName: path.lastComponent.description,
                folder: path.parent.description,
                overrides: overrides(environment)
            )
            return LoadedConfiguration(value: value, path: path, bytes: bytes)
        } catch {
            throw CommandFailure(
                .configuration,
                "configuration",
                error.description,
                next: "recover config schema"
            )
        }
    }

    private static func overrides(_ environment: [String: String]) -> [ConfigurationOverride] {
        [("RECOVER_REPOSITORY", "repository"), ("RECOVER_STATE", "state")].compactMap { name, key in
            environment[name].map {
                ConfigurationOverride(key: key, value: $0, origin: .environment(name))
            }
        }
    }

    private static func search() throws(CommandFailure) -> Path {
        var folder = Path(".").absolute
        while true {
            let candidate = folder.appending("recover.yaml")
            if (try? FileStatus(of: candidate, following: true)) != nil { return candidate }
            // Of a working folder that was removed nobody knows what lies above.
            if folder == folder.parent { break }
            folder = folder.parent
        }
        let last = Path("/etc/recover.yaml")
        if (try? FileStatus(of: last, following: true)) != nil { return last }
        throw CommandFailure(
            .configuration,
            "no-configuration",
            "there is no recover.yaml here or above, and no /etc/recover.yaml",
            next: "recover init"
        )
    }

    /// The hooks of the file run as us, so it must be ours alone to write.
    private static func read(_ path: Path) throws(CommandFailure) -> [UInt8] {
        let status: FileStatus
        let bytes: [UInt8]
        do throws(FileError) {
            let file = try OpenFile(path, .read)
            status = try file.status()
            bytes = try file.readAll(limitBytes: limitBytes)
        } catch {
            throw CommandFailure(
                .configuration,
                "configuration",
                error.message,
                next: "recover init"
            )
        }
        guard status.userID == 0 || status.userID == geteuid() else {
            throw CommandFailure(
                .configuration,
                "configuration-owner",
                "\(path) belongs to user \(status.userID), neither to root nor to you: its hooks "
                    + "would run as you",
                next: "chown it, or copy it to a file of your own"
            )
        }
        guard status.mode & 0o022 == 0 else {
            throw CommandFailure(
                .configuration,
                "configuration-mode",
                "\(path) can be written by others: its hooks would run as you",
                next: "chmod go-w \(path)"
            )
        }
        return bytes
    }
}

extension Path {
    /// The same from the root, without `.` and `..` as far as text tells.
    var absolute: Path {
        if isAbsolute { return normalized }
        guard let raw = unsafe getcwd(nil, 0) else { return normalized }
        defer { unsafe free(raw) }
        return Path(unsafe String(cString: raw)).appending(self).normalized
    }
}
