"""One shard: the real engine in a folder, with what the engine itself does not keep."""
import os
import re
import shutil
import tempfile
import threading
import time

from qdrant_edge import CountRequest, EdgeShard, UpdateOperation

from .answers import service_error
from .archives import ALWAYS_SHIPPED, Stage, copy_sparse
from .engine_types import engine_config, index_schema, index_type

DIRTY = "Dirty shard - shard is not fully initialized"
OPTIMIZE_AFTER_SECONDS = 0.1


class Shard:
    """Every use of the engine holds `lock`; archives are written from a copy, so they hold it shortly."""

    def __init__(self, number, folder, config, replicas, key=None):
        self.number = number
        self.folder = folder
        self.config = config
        self.replicas = replicas  # peer → state
        self.key = key
        self.lock = threading.RLock()
        self.engine = None
        self.next_operation = 0
        self.changed_at = None
        self.streams = threading.Lock()
        self.open()

    # --- Opening -----------------------------------------------------------------------------

    @property
    def _marker(self):
        return self.folder + ".initializing"

    @property
    def dirty(self):
        return self.engine is None

    def open(self):
        """Creates or loads the shard; a marker of an interrupted restore leaves it dirty."""
        if os.path.exists(self._marker):
            return
        settings = engine_config(self.config)
        if not os.path.isdir(f"{self.folder}/segments"):
            os.makedirs(self.folder, exist_ok=True)
            self.engine = EdgeShard.create(self.folder, settings)
        else:
            self.next_operation = self._recorded_operation()
            try:
                self.engine = EdgeShard.load(self.folder, settings)
            except Exception:  # the engine raises its own types; a foreign shard keeps its own vectors
                self.engine = EdgeShard.load(self.folder)
        self._record_operation()

    def close(self):
        with self.lock:
            if self.engine is not None:
                self.engine.flush()
                self.engine.close()
                self.engine = None

    def _recorded_operation(self):
        path = f"{self.folder}/next-operation"
        if os.path.exists(path):
            return int(open(path).read())
        closed = [re.fullmatch(r"closed-(\d+)", name) for name in os.listdir(f"{self.folder}/wal")]
        return max((int(one[1]) for one in closed if one), default=0)

    def _record_operation(self):
        with open(f"{self.folder}/next-operation", "w") as file:
            file.write(str(self.next_operation))

    # --- Reading and writing -----------------------------------------------------------------

    def use(self, what):
        """The engine, or the refusal of a dirty shard that names what was tried."""
        if self.engine is None:
            raise service_error(f"1 of 1 read operations failed:\n  Service internal error: Failed to {what},  {DIRTY}")
        return self.engine

    def update(self, operation):
        with self.lock:
            if self.engine is None:
                raise service_error(f"Failed to update,  {DIRTY}")
            self.engine.update(operation)
            number = self.next_operation
            self.next_operation += 1
            self._record_operation()
            self.changed_at = time.monotonic()
            return number

    def count(self, condition=None):
        with self.lock:
            return self.use("count").count(CountRequest(exact=True, filter=condition))

    def optimize(self):
        """Runs what the optimizer has to do now. The engine keeps the interpreter while it works."""
        with self.lock:
            self.changed_at = None
            if self.engine is not None:
                while self.engine.optimize():
                    pass
                self.engine.flush()

    @property
    def wants_optimizing(self):
        return self.changed_at is not None and time.monotonic() - self.changed_at > OPTIMIZE_AFTER_SECONDS

    # --- Archives ----------------------------------------------------------------------------

    def manifest(self, pseudo_files=()):
        with self.lock:
            if self.engine is None:
                raise service_error(f"Failed to get_snapshot_creator,  {DIRTY}")
            self.engine.flush()
            manifest = self.engine.snapshot_manifest()
        for entry in manifest.values():
            entry["file_versions"].update(dict.fromkeys(pseudo_files))
        return manifest

    def stage(self, temporary, peer, known=None, whole_log=False, pseudo_files=()):
        """Copies the shard as it is now; returns None when it equals the manifests in `known`."""
        with self.lock:
            manifest = self.manifest(pseudo_files)
            if known is not None and manifest == known:
                return None
            folder = tempfile.mkdtemp(prefix="stage-", dir=temporary)
            for segment, entry in manifest.items():
                for name in [*entry["file_versions"], *ALWAYS_SHIPPED]:
                    if not name.startswith("::"):
                        inner = f"segments/{segment}/{name}"
                        copy_sparse(f"{self.folder}/{inner}", f"{folder}/{inner}")
            if whole_log:
                for name in os.listdir(f"{self.folder}/wal"):
                    if name.startswith(("open-", "closed-", "first-index")):
                        copy_sparse(f"{self.folder}/wal/{name}", f"{folder}/wal/{name}")
            peers = {str(one): state for one, state in self.replicas.items()}
            state = {"is_local": True, "this_peer_id": peer, "peers": peers}
            return Stage(folder, manifest, self.next_operation, state)

    def replace(self, unpacked, at=lambda step: None, indexes=()):
        """Puts an unpacked shard in this one's place. There is no way back: as on the real server.

        Of the collection's `indexes` those that it lacks are built; those that it has besides stay.
        """
        with self.lock:
            open(self._marker, "w").close()
            if self.engine is not None:
                self.engine.close()
                self.engine = None
            shutil.rmtree(self.folder, ignore_errors=True)
            at("recover.cleared")
            os.rename(unpacked, self.folder)
            segments = f"{self.folder}/segments"
            if any(os.path.isdir(f"{segments}/{one}/db_backup") or
                   os.path.isdir(f"{segments}/{one}/payload_index_db_backup")
                   for one in (os.listdir(segments) if os.path.isdir(segments) else ())):
                raise service_error("Failed to load local shard: RocksDB storage is not supported by this server")
            os.remove(self._marker)
            try:
                self.open()
            except Exception as error:
                open(self._marker, "w").close()
                raise service_error(f"Failed to load local shard: {error}") from None
            self._build(dict(indexes))
            at("recover.loaded")
            self.changed_at = time.monotonic()

    def _build(self, indexes):
        present = self.engine.info().payload_schema
        for field, schema in indexes.items():
            kind = schema if isinstance(schema, str) else schema["type"]
            if field not in present or index_type(present[field]) != kind:
                self.update(UpdateOperation.create_field_index(field, index_schema(schema)))

    def merge_partial(self, archive, temporary):
        with self.lock:
            self.use("recover").update_from_snapshot(archive, temporary)
            self.next_operation = max(
                [self.next_operation, *(one["segment_version"] + 1 for one in self.engine.snapshot_manifest().values())]
            )
            self._record_operation()
            self.changed_at = time.monotonic()

    def spoil(self):
        """What a kill during a restore leaves: no data, and a marker that outlives restarts."""
        with self.lock:
            self.close()
            open(self._marker, "w").close()
