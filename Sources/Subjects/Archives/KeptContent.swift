/// The content of a file of the previous snapshot, by its places.
public protocol KeptContent: AnyObject {
    /// What it consists of, in order.
    var runs: [KeptRun] { get }

    /// Reads some of it.
    ///
    /// - Parameter range: Which bytes; at most 4 MiB.
    /// - Returns: The bytes, proven.
    /// - Throws: ``CaptureError``; `source` where they are damaged: then capture anew.
    func read(_ range: Range<UInt64>) throws(CaptureError) -> [UInt8]
}

/// A part of a kept content.
public enum KeptRun: Sendable {
    /// Kept beside the metadata: known without reading anything.
    case inline([UInt8])
    /// So many bytes elsewhere.
    case stored(UInt64)
}
