internal import Glibc

/// Where bytes come from, a buffer at a time.
protocol ByteSource: AnyObject {
    /// Fills the front of the buffer.
    ///
    /// - Parameter buffer: Not empty.
    /// - Returns: The number of bytes; 0 only at the proper end.
    /// - Throws: ``ArchiveError``, at a truncated or damaged end too.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int
}

extension ByteSource {
    /// Fills the front of an array that is not empty; see ``read(into:)``.
    func fill(_ buffer: inout [UInt8]) throws(ArchiveError) -> Int {
        let result = unsafe buffer.withUnsafeMutableBytes { room -> Result<Int, ArchiveError> in
            do throws(ArchiveError) {
                return .success(try unsafe read(into: room))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}

/// A file from its start; neither uses nor moves the descriptor's own offset.
final class FileSource: ByteSource {
    private let descriptor: Int32
    private var offset: off_t = 0

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        while true {
            let count = unsafe pread(descriptor, buffer.baseAddress, buffer.count, offset)
            if count >= 0 {
                offset += off_t(count)
                return count
            }
            guard errno == EINTR else {
                throw ArchiveError(.inputOutput, "cannot read the file", cause: errorText(errno))
            }
        }
    }
}

func errorText(_ number: Int32) -> String {
    unsafe String(cString: strerror(number))
}
