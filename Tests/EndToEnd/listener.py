"""An HTTP server that writes down what it is told, one JSON object a line.

    python3 listener.py PORTFILE LOGFILE

What a path begins with says how it answers: /limit100 names a limit for bodies, /broken answers 500,
/gone 404, /deaf not at all; everything else 200.
"""

import http.server
import json
import pathlib
import sys
import threading
import time
import urllib.parse


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        parts = urllib.parse.urlsplit(self.path)
        line = {
            "path": parts.path,
            "query": dict(urllib.parse.parse_qsl(parts.query)),
            "type": self.headers.get("Content-Type"),
            "body": body,
        }
        with self.server.lock, open(self.server.log, "a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        if parts.path.startswith("/deaf"):
            time.sleep(60)
            return
        status = 500 if parts.path.startswith("/broken") else 404 if parts.path.startswith("/gone") else 200
        self.send_response(status)
        if parts.path.startswith("/limit100"):
            self.send_header("Ping-Body-Limit", "100")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.log, server.lock = sys.argv[2], threading.Lock()
    port = pathlib.Path(sys.argv[1])
    port.with_suffix(".new").write_text(str(server.server_address[1]))
    port.with_suffix(".new").rename(port)
    server.serve_forever()


if __name__ == "__main__":
    main()
