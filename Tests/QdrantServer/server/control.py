"""The control port: faults, settings and deeds of others. A real server has nothing like it."""
import http.server
import json
import os
import shutil
import tempfile

from .answers import Refusal
from .faults import KINDS, kill
from .restores import prepare_shard, unpack


class Control(http.server.BaseHTTPRequestHandler):
    """GET /faults, /kinds, /settings, /requests, /traffic, /folders; POST /faults, /settings, /dirty, /foreign-restore, /optimize, /kill;
    DELETE /faults, /requests, /traffic. Bodies and answers are JSON."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def serve(self):
        length = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        name = f"{self.command} {self.path}"
        try:
            deed = DEEDS.get(name)
            status, answer = (404, {"error": f"no {name}"}) if deed is None else (200, deed(self.server.qdrant, body))
        except Refusal as refusal:
            status, answer = 400, {"error": refusal.message}
        except (KeyError, TypeError, ValueError, OSError) as error:
            status, answer = 400, {"error": repr(error)}
        raw = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_POST = do_DELETE = serve


def _add_faults(qdrant, body):
    for one in body if isinstance(body, list) else [body]:
        qdrant.faults.add(one)
    return qdrant.faults.listed()


def _clear_faults(qdrant, _):
    qdrant.faults.clear()
    return []


def _set(qdrant, body):
    qdrant.set(body)
    return qdrant.settings()


def _clear_requests(qdrant, _):
    qdrant.requests.clear()
    return []


def _clear_traffic(qdrant, _):
    qdrant.traffic.update(sent=0, received=0)
    return qdrant.traffic


def _shard(qdrant, body):
    return qdrant.storage.collection(body["collection"]).shard(body.get("shard", 0))


def _dirty(qdrant, body):
    """What a kill during a restore leaves."""
    _shard(qdrant, body).spoil()
    return True


def _foreign_restore(qdrant, body):
    """Somebody else restores `file` into a shard, past the API: nothing in a list tells of it."""
    shard = _shard(qdrant, body)
    folder = tempfile.mkdtemp(prefix="foreign-", dir=qdrant.storage.temporary)
    try:
        unpack(body["file"], folder)
        prepare_shard(folder, qdrant.peers[0], False)
        shard.replace(folder, indexes=qdrant.storage.collection(body["collection"]).indexes)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return True


def _optimize(qdrant, _):
    """Runs the optimizer now, and answers when nothing is left to do."""
    for shard in qdrant.storage.all_shards():
        shard.optimize()
    return True


def _rights(qdrant, body):
    qdrant.keys.full, qdrant.keys.read_only = body.get("full", []), body.get("read_only")
    qdrant.keys.tokens = body.get("tokens", True)
    return True


DEEDS = {
    "GET /faults": lambda qdrant, _: qdrant.faults.listed(),
    "POST /faults": _add_faults,
    "DELETE /faults": _clear_faults,
    "GET /kinds": lambda *_: KINDS,
    "GET /settings": lambda qdrant, _: qdrant.settings(),
    "POST /settings": _set,
    "GET /requests": lambda qdrant, _: list(qdrant.requests),
    "DELETE /requests": _clear_requests,
    "GET /traffic": lambda qdrant, _: dict(qdrant.traffic),
    "DELETE /traffic": _clear_traffic,
    "GET /folders": lambda qdrant, _: {"storage": qdrant.storage.folder, "snapshots": qdrant.storage.snapshots,
                                       "temporary": sorted(os.listdir(qdrant.storage.temporary))},
    "POST /dirty": _dirty,
    "POST /foreign-restore": _foreign_restore,
    "POST /optimize": _optimize,
    "POST /rights": _rights,
    "POST /kill": lambda *_: kill(),
}


class ControlServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port, qdrant):
        self.qdrant = qdrant
        super().__init__(("127.0.0.1", port), Control)
