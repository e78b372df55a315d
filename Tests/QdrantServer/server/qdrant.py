"""The server as a whole: storage, keys, faults, and what can be set while it runs."""
import threading
import time
import uuid
from collections import deque

from . import cluster_routes, collection_routes, point_routes, service_routes, snapshot_routes, stream_routes, upload_routes
from .faults import Faults
from .routes import numbers

__all__ = ["Qdrant", "ROUTE_MODULES"]
ROUTE_MODULES = (
    service_routes, collection_routes, point_routes, snapshot_routes, stream_routes, upload_routes, cluster_routes,
)
REMEMBERED_REQUESTS = 10_000
# Servers up to 1.16 list these in every segment's manifest, without a version and without a file.
PSEUDO_FILES = ("::ROCKS_DB", "::PAYLOAD_INDEX_ROCKS_DB")


class Qdrant:
    """Shared by all listening ports. The fields in `SETTINGS` may change at any time."""

    SETTINGS = {
        "version": str, "ready": bool, "second_stream": str, "transfer_seconds": float, "consensus_seconds": float,
        "optimizing": bool,
    }

    def __init__(self, storage, keys, version):
        self.storage = storage
        self.keys = keys
        self.version = version
        self.peers = storage.peers
        self.distributed = len(self.peers) > 1
        self.faults = Faults()
        self.ready = True
        self.second_stream = "wait"
        self.transfer_seconds = 2.0
        self.consensus_seconds = 10.0
        self.creating = []
        self.identity = str(uuid.uuid4())
        self.started_at = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        self._counting = threading.Lock()
        self.traffic = {"sent": 0, "received": 0}
        self.requests = deque(maxlen=REMEMBERED_REQUESTS)
        self.stopped = threading.Event()
        self._optimizer = threading.Thread(target=storage.optimize_forever, args=(self.stopped,))
        self._optimizer.start()

    @property
    def pseudo_files(self):
        return PSEUDO_FILES if numbers(self.version) < (1, 17) else ()

    def set(self, settings):
        for name, value in settings.items():
            if name not in self.SETTINGS:
                raise ValueError(f"no setting {name}; there are {', '.join(self.SETTINGS)}")
            if name == "second_stream" and value not in ("wait", "empty"):
                raise ValueError("second_stream is wait or empty")
            setattr(self.storage if name == "optimizing" else self, name, self.SETTINGS[name](value))

    def settings(self):
        return {name: getattr(self.storage if name == "optimizing" else self, name) for name in self.SETTINGS}

    def log(self, method, path, query):
        self.requests.append({"method": method, "path": path, "query": query})

    def count_traffic(self, sent, received):
        """Of a connection that has ended."""
        with self._counting:
            self.traffic["sent"] += sent
            self.traffic["received"] += received

    def stop(self):
        self.stopped.set()
        self._optimizer.join()
        self.storage.close()
