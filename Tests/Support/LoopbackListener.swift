internal import Glibc
internal import Threads

/// A port on 127.0.0.1 on which connections are served until it is stopped.
public final class LoopbackListener: Sendable {
    /// The port, which was free.
    public let port: UInt16
    private let listener: Int32

    /// Opens a port; nobody is served yet.
    public init() {
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
    }

    /// Serves every connection on a thread of its own: a client keeps one while it opens another.
    ///
    /// - Parameter serve: Gets the connected socket, which is closed behind it.
    public func start(_ serve: @escaping @Sendable (Int32) -> Void) {
        _ = OwnedThread { [listener] in
            while case let peer = accept(listener, nil, nil), peer >= 0 {
                _ = OwnedThread {
                    serve(peer)
                    close(peer)
                }
            }
            close(listener)
        }
    }

    /// Ends the thread, which closes the port: closed here, its number could be another's by then.
    public func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// Sends all of it, or as much as the other side takes.
    ///
    /// - Parameters:
    ///   - bytes: What to send.
    ///   - peer: A connected socket.
    public static func send(_ bytes: [UInt8], to peer: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(peer, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Waits until the other side hangs up.
    ///
    /// - Parameter peer: A connected socket.
    public static func waitForHangUp(_ peer: Int32) {
        var byte: UInt8 = 0
        while unsafe recv(peer, &byte, 1, 0) > 0 {}
    }
}
