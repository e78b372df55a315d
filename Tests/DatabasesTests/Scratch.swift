import Glibc

@testable import Databases

/// A folder of a test's own, removed with everything in it at the end.
final class Scratch {
    let folder: [UInt8]

    init() throws {
        var template = Array("/tmp/databases-XXXXXX".utf8CString)
        let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) }.map {
                unsafe [UInt8](cString: $0)
            }
        }
        guard let made else { throw TestFailure("no scratch folder") }
        folder = made
    }

    deinit {
        // A test may have made folders unwritable.
        _ = try? Child(["chmod", "-R", "u+w", text]).wait()
        _ = try? Child(["rm", "-rf", text]).wait()
    }

    var text: String { folder.shown }

    func path(_ name: String) -> [UInt8] { folder + Array("/\(name)".utf8) }

    /// The names in the folder that start with a prefix, sorted.
    func names(_ prefix: String) throws -> [String] {
        guard let stream = unsafe folder.withCString({ unsafe opendir($0) }) else {
            throw TestFailure("no listing")
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            if name.hasPrefix(prefix) { names.append(name) }
        }
        return names.sorted()
    }

    /// Makes a database by SQLite itself.
    @discardableResult
    func database(_ name: String, _ statements: [String]) throws -> [UInt8] {
        try database(path(name), statements)
    }

    @discardableResult
    func database(_ path: [UInt8], _ statements: [String]) throws -> [UInt8] {
        if FileStamp(of: path) == nil { try write([], to: path) }
        let database = try Database(scratch: path)
        for statement in statements { try database.execute(statement, "make") }
        return path
    }

    func write(_ bytes: [UInt8], to path: [UInt8], at offset: Int = 0) throws {
        let descriptor = unsafe path.withCString { unsafe open($0, O_WRONLY | O_CREAT, 0o644) }
        defer { close(descriptor) }
        let count = unsafe bytes.withUnsafeBytes {
            unsafe pwrite(descriptor, $0.baseAddress, $0.count, offset)
        }
        if count != bytes.count { throw TestFailure("cannot write \(path.shown)") }
    }

    func read(_ path: [UInt8]) throws -> [UInt8] {
        let descriptor = unsafe path.withCString { unsafe open($0, O_RDONLY) }
        guard descriptor != -1 else { throw TestFailure("cannot open \(path.shown)") }
        defer { close(descriptor) }
        let size = Int(lseek(descriptor, 0, SEEK_END))
        var bytes = [UInt8](repeating: 0, count: size)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe pread(descriptor, $0.baseAddress, size, 0)
        }
        if count != size { throw TestFailure("cannot read \(path.shown)") }
        return bytes
    }

    /// Another process that runs statements and keeps the connection open until it is killed.
    func holder(_ path: [UInt8], _ statements: [String]) throws -> Child {
        let ready = self.path("ready-\(UInt32.random(in: 0 ... .max))")
        let child = try Child(
            ["python3", Child.fixture("hold_database.py"), path.shown, ready.shown] + statements
        )
        try child.wait(for: ready)
        return child
    }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension [UInt8] {
    init(_ text: String) { self = Array(text.utf8) }
}
