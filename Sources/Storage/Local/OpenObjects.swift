internal import Files
internal import Threads

/// Objects that are read, open for the next range of them.
final class OpenObjects: Sendable {
    /// One of them; it stays open while somebody reads in it.
    final class Reader: Sendable {
        let file: OpenFile
        init(_ file: consuming OpenFile) { self.file = file }
    }

    private struct State {
        var readers: [String: Reader] = [:]
        var order: [String] = []
    }

    private static let limit = 64

    private let state = Monitor(State())

    /// An object, opened where it is not.
    func reader(
        _ name: String,
        in root: borrowing Directory
    ) throws(FileError) -> Reader {
        if let open = state.change({ $0.readers[name] }) { return open }
        let reader = Reader(
            try root.folder(Path(name).parent).open(Path(name).lastComponent, .read)
        )
        state.change { state in
            if state.readers.updateValue(reader, forKey: name) == nil { state.order.append(name) }
            if state.order.count > Self.limit {
                state.readers[state.order.removeFirst()] = nil
            }
        }
        return reader
    }

    /// Forgets an object whose name stands for something else now, or for nothing.
    func forget(_ name: String) {
        state.change { state in
            state.readers[name] = nil
            state.order.removeAll { $0 == name }
        }
    }
}
