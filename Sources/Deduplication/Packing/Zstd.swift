internal import CZstd

/// One zstd compressor; owns its context. Not thread-safe.
@safe
final class Compressor {
    private let context: OpaquePointer

    /// How hard to look for repetitions.
    enum Effort {
        /// Repetitions and uneven bytes.
        case ordinary
        /// Uneven bytes alone: model weights hold nothing else, and it is three times faster.
        case entropyOnly
    }

    // ZSTD_c_literalCompressionMode, stable in number since 1.4 though not declared as such;
    // a library that refuses it merely compresses less.
    private static let literalCompressionMode = ZSTD_cParameter(1002)

    /// Frames carry their plaintext's size and a checksum.
    init(_ effort: Effort) {
        guard let context = unsafe ZSTD_createCCtx() else {
            preconditionFailure("zstd has no memory for a context")
        }
        let level: Int32 = effort == .ordinary ? 1 : -50
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
        if effort == .entropyOnly {
            unsafe ZSTD_CCtx_setParameter(context, Self.literalCompressionMode, 1)
        }
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
            context, room.baseAddress, room.count, plain.baseAddress, plain.count)
        return ZSTD_isError(count) == 0 ? count : nil
    }
}

/// One zstd decompressor; owns its context. Not thread-safe.
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
            context, room.baseAddress, room.count, stored.baseAddress, stored.count)
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
