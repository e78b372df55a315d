import Glibc
import Support
import Synchronization

private let tlsHandshake: UInt8 = 22

/// Answers every connection on a port of 127.0.0.1 with the same bytes and records the requests.
final class LoopbackServer: Sendable {
    private let listener = LoopbackListener()
    private let requestTexts = Mutex<[String]>([])

    var requests: [String] { requestTexts.withLock { $0 } }
    var port: UInt16 { listener.port }
    var url: String { "http://127.0.0.1:\(port)" }

    /// Starts to answer on a thread of its own.
    ///
    /// - Parameters:
    ///   - answer: The raw response.
    ///   - stalls: Whether to leave the connection open and silent after the answer.
    init(answer: String, stalls: Bool = false) {
        listener.start { [self] peer in
            serve(peer, answer)
            if stalls { LoopbackListener.waitForHangUp(peer) }
        }
    }

    func stop() { listener.stop() }

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
        LoopbackListener.send(Array(answer.utf8), to: peer)
    }
}
