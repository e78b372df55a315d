internal import CZstd

/// One zstd compressor; owns its context.
///
/// Not thread-safe.
@safe
final class Compressor {
    private let context: OpaquePointer

    /// Level 1; frames carry their plaintext's size and a checksum.
    init() {
        guard let context = unsafe ZSTD_createCCtx() else {
            preconditionFailure("zstd has no memory for a context")
        }
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 1)
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 1)
        unsafe self.context = context
    }

    deinit { unsafe ZSTD_freeCCtx(context) }

    /// Compresses into a buffer.
    ///
    /// - Returns: The bytes written, or nil where the result does not fit.
    func compress(
        _ plain: UnsafeRawBufferPointer,
        into room: UnsafeMutableRawBufferPointer
    ) -> Int? {
        let count = unsafe ZSTD_compress2(
            context,
            room.baseAddress,
            room.count,
            plain.baseAddress,
            plain.count
        )
        return ZSTD_isError(count) == 0 ? count : nil
    }
}

/// One zstd decompressor; owns its context.
///
/// Not thread-safe.
@safe
final class Decompressor {
    private let context: OpaquePointer

    init() {
        guard let context = unsafe ZSTD_createDCtx() else {
            preconditionFailure("zstd has no memory for a context")
        }
        unsafe self.context = context
    }

    deinit { unsafe ZSTD_freeDCtx(context) }

    /// Decompresses one frame; its checksum is verified on the way.
    ///
    /// - Returns: The bytes written, or nil for a damaged frame or one that does not fit.
    func decompress(
        _ stored: UnsafeRawBufferPointer,
        into room: UnsafeMutableRawBufferPointer
    ) -> Int? {
        let count = unsafe ZSTD_decompressDCtx(
            context,
            room.baseAddress,
            room.count,
            stored.baseAddress,
            stored.count
        )
        return ZSTD_isError(count) == 0 ? count : nil
    }
}

enum Zstd {
    /// The plaintext's size that a frame's first bytes claim, or nil.
    static func plainBytes(_ start: [UInt8]) -> Int? {
        let size = unsafe start.withUnsafeBytes {
            unsafe ZSTD_getFrameContentSize($0.baseAddress, $0.count)
        }
        return size > 1 << 40 ? nil : Int(size)
    }
}
