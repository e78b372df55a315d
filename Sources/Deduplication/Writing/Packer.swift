internal import Cryptography
internal import Files
internal import Threads

/// Fills packs of one kind from several threads: one buffer is filled while another is written.
final class Packer: Sendable {
    private struct State {
        var builder: BuilderBox?
        var free: [AlignedBuffer]
        var made = 0
        var isAbandoned = false
    }

    // A noncopyable builder cannot stand in an array or optional of a copyable state.
    private final class BuilderBox {
        var builder: PackBuilder
        init(_ buffer: AlignedBuffer) { builder = PackBuilder(buffer) }
    }

    private static let bufferLimit = 2
    private let byteCount: Int
    private let isSalted: Bool
    private let state = Monitor(State(builder: nil, free: []))

    /// Makes one with no pack begun.
    ///
    /// - Parameters:
    ///   - byteCount: The largest size of a pack.
    ///   - isSalted: Whether each pack begins with a few bytes that no other has.
    init(byteCount: Int, isSalted: Bool = false) {
        self.byteCount = byteCount
        self.isSalted = isSalted
    }

    /// Adds a chunk; a pack that has become full is handed over first.
    func add(
        _ chunk: Digest,
        _ plainBytes: Int,
        _ stored: UnsafeRawBufferPointer,
        _ handOver: (FilledPack) -> Void
    ) {
        while true {
            let step = state.wait { state -> Step? in
                if state.isAbandoned { return .done }
                if let box = state.builder, !box.builder.hasRoom(for: stored.count) {
                    state.builder = nil
                    return .handOver(box.builder.filled)
                }
                if state.builder == nil {
                    // None free: both are being written, so wait for one to come back.
                    guard let buffer = freeBuffer(&state) else { return nil }
                    state.builder = begin(buffer)
                }
                unsafe state.builder?.builder.append(
                    chunk,
                    plainBytes: plainBytes,
                    stored: stored
                )
                return .done
            }
            guard case .handOver(let full) = step else { return }
            handOver(full)
        }
    }

    private func begin(_ buffer: AlignedBuffer) -> BuilderBox {
        let box = BuilderBox(buffer)
        if isSalted {
            let salt = (0..<32).map { _ in UInt8.random(in: 0 ... .max) }
            unsafe salt.withUnsafeBytes { bytes in
                unsafe box.builder.append(
                    SHA256.digest(of: salt),
                    plainBytes: salt.count,
                    stored: bytes
                )
            }
        }
        return box
    }

    private enum Step {
        case done
        case handOver(FilledPack)
    }

    private func freeBuffer(_ state: inout State) -> AlignedBuffer? {
        if let buffer = state.free.popLast() { return buffer }
        guard state.made < Self.bufferLimit else { return nil }
        state.made += 1
        return AlignedBuffer(byteCount: byteCount)
    }

    /// Hands over what is left.
    func flush(_ handOver: (FilledPack) -> Void) {
        let last = state.change { state -> FilledPack? in
            guard let box = state.builder, !box.builder.isEmpty else { return nil }
            state.builder = nil
            return box.builder.filled
        }
        if let last { handOver(last) }
    }

    /// A buffer whose pack is written.
    func giveBack(_ buffer: AlignedBuffer) {
        state.change { $0.free.append(buffer) }
    }

    /// Lets all who wait go on; nothing is added from now on.
    func abandon() {
        state.change { $0.isAbandoned = true }
    }
}
