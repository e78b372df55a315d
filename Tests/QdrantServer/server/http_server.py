"""HTTP/1.1 as the real server speaks it: keep-alive, chunked streams, early answers, gzip when asked for."""
import socket
import socketserver
import struct
import time
import urllib.parse
import zlib
from email.utils import formatdate
from http.client import responses
from http.server import BaseHTTPRequestHandler

from . import routes
from .answers import Answer, Refusal, refused, service_error
from .bodies import Body
from .faults import Spoiled, fault_answer

VARY = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
KEEP_ALIVE_SECONDS = 5
WORKING_SECONDS = 600
# Bytes that the peer has acknowledged, then those that came from it, as the kernel counts them.
TCP_INFO_BYTES, TCP_INFO_COUNTS = 256, 120
DRAIN_BYTES, DRAIN_SECONDS = 512 << 20, 5


class Call:
    """What a handler gets: the request, its parameters, and the server it was sent to."""

    def __init__(self, connection, route, parameters, access):
        self.server = connection.server.qdrant
        self.storage = self.server.storage
        self.peer = connection.server.peer
        self.method, self.path = connection.command, connection.raw_path
        self.headers, self.query, self.body = connection.lower, connection.query, connection.body
        self.route, self.parameters, self.access = route, parameters, access
        self.started = time.perf_counter()

    def __getitem__(self, name):
        return self.parameters[name]

    def collection(self):
        return self.storage.collection(self["collection"])

    def fault(self, *kinds):
        return self.server.faults.take(self.method, self.path, *kinds)

    @property
    def waits(self):
        return self.query.get("wait", "true") != "false"


class Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = KEEP_ALIVE_SECONDS
    expects_continue = False
    broken = False
    impatient = False

    def log_message(self, *_):
        pass

    def serve(self):
        self.connection.settimeout(WORKING_SECONDS)
        self.raw_path, _, query = self.path.partition("?")
        self.query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        self.lower = {name.lower(): value for name, value in self.headers.items()}
        self.body = Body(self.lower, self.rfile, self._ask_for_body)
        server = self.server.qdrant
        server.log(self.command, self.raw_path, query)
        try:
            answer = self._faulted(server)
            if not self.broken:
                self._send(answer or self._answer(server))
        except (ConnectionError, TimeoutError):
            self.close_connection = True
        if not self.close_connection:
            self.connection.settimeout(KEEP_ALIVE_SECONDS)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = serve

    def handle_expect_100(self):
        # Sent only when a handler begins to read the body, so that a refusal can come before it.
        self.expects_continue = True
        return True

    def _ask_for_body(self):
        if self.expects_continue:
            self.expects_continue = False
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    # --- Answering ---------------------------------------------------------------------------

    def _faulted(self, server):
        stall = server.faults.take(self.command, self.raw_path, "stall")
        if stall:
            time.sleep(stall["seconds"])
        if server.faults.take(self.command, self.raw_path, "reset"):
            self._break()
            return None
        fault = server.faults.take(self.command, self.raw_path, "status")
        if fault and fault.get("early"):
            self.impatient = True
        elif fault:
            while self.body.read(1 << 20):
                pass
        return fault and fault_answer(fault)

    def _answer(self, server):
        found = routes.find(self.command, self.raw_path, server.version)
        started = time.perf_counter()
        access = None
        if not (found and found[0].open):
            access = server.keys.access(self.lower)
            if isinstance(access, Answer):
                return access
        if found is None:
            return Answer(404)
        route, parameters = found
        call = Call(self, route, parameters, access)
        try:
            if access is not None:
                access.check(route.need, parameters.get("collection"))
        except Refusal as refusal:
            return refused(refusal, started, route.plain)
        try:
            answer = route.handler(call)
        except Refusal as refusal:
            return refused(refusal, started, route.plain is True)
        except (KeyError, TypeError, ValueError) as error:
            return refused(Refusal(400, f"Format error in JSON body: {error!r}", plain=True), started, True)
        except (ConnectionError, TimeoutError):
            raise
        except Exception as error:  # whatever the engine raises
            return refused(service_error(str(error)), started, route.plain is True)
        slow = call.fault("slow")
        if slow:
            time.sleep(slow["seconds"])
        return answer

    def _send(self, answer):
        server = self.server.qdrant
        body = answer.body
        streamed = not isinstance(body, bytes)
        headers = list(answer.headers)
        vary, packed = VARY, False
        if answer.status == 200 and "gzip" in self.lower.get("accept-encoding", "") and (streamed or len(body) > 64):
            body, packed, vary = _gzip(body if streamed else [body]), True, "accept-encoding, " + VARY
            streamed, answer.length = True, None
            headers.append(("content-encoding", "gzip"))
        spoiled = Spoiled(server.faults, self.command, self.raw_path, body if streamed else [body])
        self._send_head(answer, headers, vary, streamed)
        try:
            if answer.status != 304 and self.command != "HEAD":
                self._send_body(spoiled, streamed and answer.length is None)
        finally:
            if hasattr(answer.body, "close"):
                answer.body.close()
        if spoiled.reset:
            self._break()
        elif not self.body.done:
            self._leave_body_unread()

    def _send_head(self, answer, headers, vary, streamed):
        lines = [f"HTTP/1.1 {answer.status} {responses.get(answer.status, '')}"]
        if answer.status != 304:
            chunked = streamed and answer.length is None
            lines.append("transfer-encoding: chunked" if chunked else f"content-length: {answer.length}")
        if not self.body.done:
            lines.append("connection: close")
        lines.append(f"vary: {vary}")
        lines += [f"{name}: {value}" for name, value in headers]
        if answer.content_type:
            lines.append(f"content-type: {answer.content_type}")
        lines.append(f"date: {formatdate(usegmt=True)}")
        self.wfile.write("\r\n".join(lines).encode("utf-8") + b"\r\n\r\n")

    def _send_body(self, pieces, chunked):
        for piece in pieces:
            if piece:
                self.wfile.write(b"".join((b"%x\r\n" % len(piece), piece, b"\r\n")) if chunked else piece)
        if pieces.reset:
            return
        if chunked:
            self.wfile.write(b"0\r\n\r\n")
        elif pieces.active:
            # A body cut short of its announced length can only be told by closing.
            self.close_connection = True

    # --- Ending ------------------------------------------------------------------------------

    def finish(self):
        try:
            info = self.connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_BYTES)
            self.server.qdrant.count_traffic(*struct.unpack_from("=QQ", info, TCP_INFO_COUNTS))
        except (OSError, struct.error):
            pass
        super().finish()

    def _leave_body_unread(self):
        """Answered before the body was read: closes, at once when a fault asks so, else after draining for a while."""
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_WR)
            if self.impatient:
                return
            self.connection.settimeout(DRAIN_SECONDS)
            left = DRAIN_BYTES
            while left > 0 and (piece := self.rfile.read1(1 << 20)):
                left -= len(piece)
        except (OSError, ValueError):
            pass

    def _break(self):
        """Closes so that the client sees a reset, not an end."""
        self.broken = self.close_connection = True
        try:
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        except OSError:
            pass


class Server(socketserver.ThreadingTCPServer):
    """One listening port: one peer of the cluster, or the only one."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address, qdrant, peer, tls=None):
        self.qdrant = qdrant
        self.peer = peer
        self.tls = tls
        super().__init__(address, Connection)

    def finish_request(self, request, client_address):
        if self.tls:
            request.settimeout(KEEP_ALIVE_SECONDS)
            request = self.tls.wrap_socket(request, server_side=True)
        self.RequestHandlerClass(request, client_address, self)

    def handle_error(self, request, client_address):
        # A client that goes away or refuses our certificate is nothing to print.
        pass


def _gzip(pieces):
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()
