internal import Glibc

/// Names of users and groups, looked up once each.
public struct AccountNames {
    private var users: [UInt32: String?] = [:]
    private var groups: [UInt32: String?] = [:]

    /// Knows nobody yet.
    public init() {}

    /// The name of a user.
    ///
    /// - Parameter number: The user's number.
    /// - Returns: Nil where the machine has no such user.
    public mutating func user(_ number: UInt32) -> String? {
        if let known = users[number] { return known }
        var record = unsafe passwd()
        var buffer = [CChar](repeating: 0, count: 4096)
        var found: UnsafeMutablePointer<passwd>?
        let code = unsafe getpwuid_r(number, &record, &buffer, buffer.count, &found)
        let isFound = unsafe found != nil
        let name = unsafe code == 0 && isFound ? String(cString: record.pw_name) : nil
        users[number] = name
        return name
    }

    /// The name of a group.
    ///
    /// - Parameter number: The group's number.
    /// - Returns: Nil where the machine has no such group.
    public mutating func group(_ number: UInt32) -> String? {
        if let known = groups[number] { return known }
        var record = unsafe Glibc.group()
        var buffer = [CChar](repeating: 0, count: 16_384)
        var found: UnsafeMutablePointer<Glibc.group>?
        let code = unsafe getgrgid_r(number, &record, &buffer, buffer.count, &found)
        let isFound = unsafe found != nil
        let name = unsafe code == 0 && isFound ? String(cString: record.gr_name) : nil
        groups[number] = name
        return name
    }
}
