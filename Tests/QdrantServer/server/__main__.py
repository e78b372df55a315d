"""Starts the server: `python -m server --help`."""
import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import threading

from .certificates import make, server_context
from .control import ControlServer
from .http_server import Server
from .qdrant import Qdrant
from .rights import Keys
from .storage import Storage, new_peer_id


def arguments():
    parser = argparse.ArgumentParser(prog="start", description="A Qdrant test server with the real storage engine behind it.")
    parser.add_argument("--port", type=int, default=0, help="port of the first peer; 0: any free one")
    parser.add_argument("--control-port", type=int, default=0, help="port for faults; 0: any free one")
    parser.add_argument("--storage", help="folder to keep; default: a temporary one, removed at the end")
    parser.add_argument("--version-string", default="1.18.3", help="the version that the server claims to be")
    parser.add_argument("--peers", type=int, default=1, help="2 or 3: a cluster, one port for each peer")
    parser.add_argument("--api-key", action="append", default=[], help="full key; may be given twice (rotation)")
    parser.add_argument("--read-only-api-key")
    parser.add_argument("--jwt", action="store_true", help="accept tokens signed with a full key")
    parser.add_argument("--tls", action="store_true", help="TLS with certificates made in STORAGE/tls")
    parser.add_argument("--tls-clients", action="store_true", help="TLS, and clients must show a certificate")
    parser.add_argument("--fault", action="append", default=[], help="a fault as JSON, see the README")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=JSON", help="a setting, see the README")
    return parser.parse_args()


def peer_ids(folder, count):
    """The peers' ids, kept in the storage: a restart has the same."""
    path = f"{folder}/peers.json"
    if os.path.exists(path):
        with open(path) as file:
            return json.load(file)
    ids = [new_peer_id() + place * 1_000_003 for place in range(count)]
    with open(path, "w") as file:
        json.dump(ids, file)
    return ids


def main():
    given = arguments()
    folder = given.storage or tempfile.mkdtemp(prefix="qdrant-server-")
    os.makedirs(folder, exist_ok=True)
    # Blocked in every thread, so that none but this one can take the signal and lose it.
    ending = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    tls = None
    if given.tls or given.tls_clients:
        make(f"{folder}/tls")
        tls = server_context(
            f"{folder}/tls/server.pem", f"{folder}/tls/server-key.pem", f"{folder}/tls/ca.pem" if given.tls_clients else None
        )
    keys = Keys(given.api_key, given.read_only_api_key, given.jwt)
    qdrant = Qdrant(Storage(folder, peer_ids(folder, given.peers)), keys, given.version_string)
    for one in given.fault:
        qdrant.faults.add(json.loads(one))
    qdrant.set({name: json.loads(value) for name, _, value in (one.partition("=") for one in given.set)})
    try:
        servers = [
            Server(("127.0.0.1", given.port + place if given.port else 0), qdrant, peer, tls)
            for place, peer in enumerate(qdrant.peers)
        ]
        control = ControlServer(given.control_port, qdrant)
    except OSError:
        # Its threads would keep a process alive that serves nobody.
        qdrant.stop()
        raise
    for one in (*servers, control):
        threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    scheme = "https" if tls else "http"
    urls = [f"{scheme}://127.0.0.1:{one.server_address[1]}" for one in servers]
    print(json.dumps({
        "url": urls[0], "urls": urls, "control": f"http://127.0.0.1:{control.server_address[1]}",
        "pid": os.getpid(), "storage": os.path.abspath(folder),
    }), flush=True)
    signal.sigwait(ending)
    for one in (*servers, control):
        one.shutdown()
        one.server_close()
    qdrant.stop()
    if not given.storage:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
