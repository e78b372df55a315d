/// The path of a member, proven to stay inside the folder it is unpacked into.
struct MemberPath {
    /// Names from the top down, none of them `.` or `..`; empty for the folder itself.
    let names: [[UInt8]]

    init(_ path: [UInt8]) throws(ArchiveError) {
        guard path.first != UInt8(ascii: "/") else {
            throw ArchiveError(.refused, "the member \(printable(path)) has an absolute path")
        }
        let dot = [UInt8(ascii: ".")]
        names = path.split(separator: UInt8(ascii: "/")).map { Array($0) }.filter { $0 != dot }
        guard !names.contains(dot + dot) else {
            throw ArchiveError(.refused, "the member \(printable(path)) leads upwards")
        }
    }
}
