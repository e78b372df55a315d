import Glibc
import Support
import Synchronization

/// A server on 127.0.0.1 that answers one request after another as it was told.
final class StubServer: Sendable {
    /// What it does with one request.
    enum Step: Sendable {
        /// Reads it whole and answers; the connection stays.
        case answer(String, [UInt8] = [])
        /// The same, then closes.
        case last(String, [UInt8] = [])
        /// Answers before it has read the body, and closes.
        case early(String)
        /// Reads it whole, says this much and nothing more.
        case stall(String)
    }

    private let listener = LoopbackListener()
    private let steps: Mutex<[Step]>
    private let texts = Mutex<[String]>([])

    var url: String { "http://127.0.0.1:\(listener.port)" }
    /// The requests so far, heads and bodies.
    var requests: [String] { texts.withLock { $0 } }
    /// First lines without the version.
    var lines: [String] {
        requests.map {
            $0.prefix { $0 != "\r\n" }.split(separator: " ").prefix(2).joined(separator: " ")
        }
    }

    init(_ steps: [Step]) {
        self.steps = Mutex(steps)
        listener.start { [self] peer in
            while serve(peer) {}
        }
    }

    func stop() { listener.stop() }

    /// A response with the length that its body has.
    static func response(
        _ status: String,
        _ headers: [String] = [],
        _ body: [UInt8] = []
    ) -> String {
        let all = ["HTTP/1.1 \(status)", "Content-Length: \(body.count)"] + headers
        return all.joined(separator: "\r\n") + "\r\n\r\n"
    }

    static func json(_ text: String, _ status: String = "200 OK") -> Step {
        let body = Array(text.utf8)
        return .answer(response(status, ["Content-Type: application/json"], body), body)
    }

    static func plain(_ text: String, _ status: String) -> Step {
        .answer(response(status, [], Array(text.utf8)), Array(text.utf8))
    }

    /// Serves one request of a connection.
    private func serve(_ peer: Int32) -> Bool {
        var request: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var head: String?
        while head == nil {
            let count = unsafe recv(peer, &buffer, buffer.count, 0)
            guard count > 0 else { return false }
            request += buffer.prefix(count)
            let text = String(decoding: request, as: UTF8.self)
            if text.contains("\r\n\r\n") { head = text.components(before: "\r\n\r\n") }
        }
        let step: Step? = steps.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        if case .early = step {
        } else {
            let fields = (head ?? "").lowercased().split(separator: "\r\n")
            let length =
                fields.first { $0.hasPrefix("content-length:") }
                .flatMap { Int($0.dropFirst(15).filter { $0 != " " }) } ?? 0
            if fields.contains("expect: 100-continue") {
                LoopbackListener.send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8), to: peer)
            }
            while request.count < (head?.utf8.count ?? 0) + 4 + length {
                let count = unsafe recv(peer, &buffer, buffer.count, 0)
                guard count > 0 else { return false }
                request += buffer.prefix(count)
            }
        }
        texts.withLock { $0.append(String(decoding: request, as: UTF8.self)) }
        switch step {
        case .answer(let head, let body):
            LoopbackListener.send(Array(head.utf8) + body, to: peer)
            return true
        case .last(let head, let body): LoopbackListener.send(Array(head.utf8) + body, to: peer)
        case .early(let head): LoopbackListener.send(Array(head.utf8), to: peer)
        case .stall(let head):
            LoopbackListener.send(Array(head.utf8), to: peer)
            LoopbackListener.waitForHangUp(peer)
        case nil:
            LoopbackListener.send(
                Array("HTTP/1.1 500 script is over\r\nContent-Length: 0\r\n\r\n".utf8),
                to: peer
            )
        }
        return false
    }
}

extension String {
    fileprivate func components(before mark: String) -> String {
        range(of: mark).map { String(self[..<$0.lowerBound]) } ?? self
    }

    private func range(of mark: String) -> Range<Index>? {
        ranges(of: mark).first
    }
}
