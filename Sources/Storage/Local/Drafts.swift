internal import Files
internal import Threads

/// Files that are written before they get their names.
///
/// Invariants: the writer of a draft holds its lock, so that others tell it from what a dead
/// process left. Between its birth and its lock nothing tells the two apart: young ones are left
/// alone.
final class Drafts: Sendable {
    static let folder = "tmp"

    /// So often one is written again that another process took for a dead one's.
    private static let attemptLimit = 4
    /// So long one is left alone whose writer may be about to lock it.
    private static let youthNanoseconds: Int64 = 60_000_000_000

    private let runMark = String(UInt64.random(in: 0 ... .max), radix: 36)
    private let count = Monitor<UInt64>(0)

    /// Writes one under a name of its own, and again where another process took it away.
    ///
    /// This process may have slept for long between birth and lock, and whoever looks for what is
    /// left has the lock for a moment itself.
    func write<Value: ~Copyable>(
        in root: borrowing Directory,
        _ body: (borrowing Directory, Path) throws(FileError) -> Value
    ) throws(FileError) -> Value {
        for _ in 1..<Self.attemptLimit {
            do throws(FileError) {
                return try body(root.madeFolder(Path(Self.folder)), newName())
            } catch {
                guard error.code == .notFound || error.code == .busy else { throw error }
            }
        }
        return try body(root.madeFolder(Path(Self.folder)), newName())
    }

    /// Whether a file is a draft whose writer may be about to lock it.
    static func isYoung(_ name: String, _ file: borrowing OpenFile) throws(FileError) -> Bool {
        guard name.hasPrefix("\(folder)/") else { return false }
        let birth = try file.status().modifiedNanoseconds
        return birth > Moment.now.nanoseconds - youthNanoseconds
    }

    private func newName() -> Path {
        let number = count.change { count in
            count += 1
            return count
        }
        return Path("\(runMark)-\(number)")
    }
}

extension Directory {
    /// A folder below, made with those above it where it is not there.
    func madeFolder(_ folder: Path) throws(FileError) -> Directory {
        do throws(FileError) {
            return try self.folder(folder)
        } catch {
            guard error.code == .notFound else { throw error }
        }
        var path = Path("")
        for component in folder.components {
            let parent = path
            path = path.appending(component)
            do throws(FileError) {
                let holder = try self.folder(parent.bytes.isEmpty ? Path(".") : parent)
                try holder.makeFolder(component)
            } catch {
                if error.code != .exists { throw error }
            }
        }
        return try self.folder(folder)
    }
}
