/// The rule for names of objects, which every store keeps alike.
///
/// Components of ASCII letters, digits, `.`, `-` and `_`, none of them `.` or `..`, with `/`
/// between them: what every file system and every object store can hold as it is.
public enum ObjectName {
    /// Refuses a name against the rule.
    ///
    /// - Parameter name: The name of an object.
    /// - Throws: ``StorageError`` with `failed`.
    public static func check(_ name: String) throws(StorageError) {
        let components = name.utf8.split(separator: slash, omittingEmptySubsequences: false)
        let isAllowed =
            name.utf8.count <= 1024
            && components.allSatisfy { component in
                !component.isEmpty && component.count <= 255 && component.allSatisfy { isUsed($0) }
                    && !component.elementsEqual(".".utf8) && !component.elementsEqual("..".utf8)
            }
        if !isAllowed {
            throw StorageError(
                code: .failed,
                message: "\(name.debugDescription) is no name for an object"
            )
        }
    }

    /// The folders that lead to an object, the outermost first, without the root.
    ///
    /// - Parameter name: The name of an object.
    /// - Returns: Their names.
    public static func folders(above name: String) -> [String] {
        var found: [String] = []
        for index in name.utf8.indices where name.utf8[index] == slash {
            found.append(String(name[..<index]))
        }
        return found
    }

    private static let slash = UInt8(ascii: "/")

    private static func isUsed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
