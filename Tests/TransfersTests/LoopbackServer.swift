import Glibc
import Synchronization

private let tlsHandshake: UInt8 = 22

/// Answers every connection on a port of 127.0.0.1 with the same bytes and records the requests.
final class LoopbackServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let requestTexts = Mutex<[String]>([])

    var requests: [String] { requestTexts.withLock { $0 } }
    var url: String { "http://127.0.0.1:\(port)" }

    /// Starts to answer on a thread of its own.
    ///
    /// - Parameters:
    ///   - answer: The raw response.
    ///   - stalls: Whether to leave the connection open and silent after the answer.
    init(answer: String, stalls: Bool = false) {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (listener, size) = (listener, length)
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                let isBound = unsafe bind(listener, generic, size) == 0
                precondition(isBound && listen(listener, 16) == 0)
                _ = unsafe getsockname(listener, generic, &length)
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        start { [self] in
            while case let peer = accept(listener, nil, nil), peer >= 0 {
                self.serve(peer, answer)
                if stalls { waitForHangUp(peer) }
                close(peer)
            }
            close(listener)
        }
    }

    /// Ends the thread, which closes the port: closed here, its number could be another's by then.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func serve(_ peer: Int32, _ answer: String) {
        var request = ""
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while !request.contains("\r\n\r\n") {
            let count = unsafe recv(peer, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            if buffer[0] == tlsHandshake { break }
            request += String(decoding: buffer.prefix(count), as: UTF8.self)
        }
        requestTexts.withLock { $0.append(request) }
        var rest = Array(answer.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe send(peer, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private func waitForHangUp(_ peer: Int32) {
        var byte: UInt8 = 0
        while unsafe recv(peer, &byte, 1, 0) > 0 {}
    }
}

private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

private func start(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let work = unsafe Unmanaged.passRetained(Work(body)).toOpaque()
    let result = unsafe pthread_create(
        &thread,
        nil,
        { context in
            guard let context = unsafe context else { return nil }
            unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
            return nil
        },
        work
    )
    precondition(result == 0)
    pthread_detach(thread)
}
