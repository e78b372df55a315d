internal import Files

/// The name of one run of a changing command.
enum OperationName {
    static func make() -> String {
        let suffix = String(UInt32.random(in: 0 ... .max), radix: 36)
        return Moment.now.compactUTC.lowercased() + "-" + suffix
    }
}
