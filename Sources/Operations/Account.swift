internal import Files
internal import Glibc

/// Who runs this process.
public enum Account {
    /// The account's name, and who became it by `sudo`.
    public static var text: String {
        let number = geteuid()
        var names = AccountNames()
        let name = names.user(number) ?? String(number)
        guard let sudo = unsafe getenv("SUDO_USER") else { return name }
        return "\(name) (sudo of \(unsafe String(cString: sudo)))"
    }
}
