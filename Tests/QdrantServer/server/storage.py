"""Collections and aliases, kept in a folder so that a restart finds them again."""
import json
import os
import shutil
import sys
import threading
import time
import urllib.parse
import zlib

from .answers import Refusal, no_collection, not_found, wrong_input
from .shards import Shard

HNSW = {"m": 16, "ef_construct": 100, "full_scan_threshold": 10000, "max_indexing_threads": 0, "on_disk": False}
OPTIMIZER = {
    "deleted_threshold": 0.2, "vacuum_min_vector_number": 1000, "default_segment_number": 0,
    "max_segment_size": None, "memmap_threshold": None, "indexing_threshold": 10000, "flush_interval_sec": 5,
    "max_optimization_threads": None, "prevent_unoptimized": None,
}
WAL = {"wal_capacity_mb": 32, "wal_segments_ahead": 0, "wal_retain_closed": 1}


def full_config(body):
    """A collection's whole configuration from the body that creates it."""
    params = {"vectors": body.get("vectors") or {}, "shard_number": body.get("shard_number") or 1}
    if body.get("sharding_method"):
        params["sharding_method"] = body["sharding_method"]
    params["replication_factor"] = body.get("replication_factor") or 1
    params["write_consistency_factor"] = body.get("write_consistency_factor") or 1
    params["on_disk_payload"] = body["on_disk_payload"] if body.get("on_disk_payload") is not None else True
    if body.get("sparse_vectors"):
        params["sparse_vectors"] = body["sparse_vectors"]
    config = {
        "params": params,
        "hnsw_config": HNSW | (body.get("hnsw_config") or {}),
        "optimizer_config": OPTIMIZER | (body.get("optimizers_config") or {}),
        "wal_config": WAL | (body.get("wal_config") or {}),
        "quantization_config": body.get("quantization_config"),
    }
    return config | ({"metadata": body["metadata"]} if body.get("metadata") else {})


class Collection:
    def __init__(self, name, folder, config, indexes, layout):
        self.name = name
        self.folder = folder
        self.config = config
        self.indexes = indexes
        self.transfers = []
        self.created_snapshots = 0
        self.shards = {}
        for number, place in layout.items():
            self.add_shard(int(number), {int(peer): state for peer, state in place["replicas"].items()}, place.get("key"))
        self.save()

    def add_shard(self, number, replicas, key=None):
        self.shards[number] = Shard(number, f"{self.folder}/{number}", self.config, replicas, key)

    def save(self):
        layout = {one.number: {"replicas": one.replicas, "key": one.key} for one in self.shards.values()}
        _write(f"{self.folder}/collection.json", {
            "name": self.name, "config": self.config, "indexes": self.indexes, "layout": layout,
        })

    def local(self, peer):
        return {number: one for number, one in self.shards.items() if peer in one.replicas}

    def shard(self, number):
        try:
            return self.shards[int(number)]
        except (KeyError, ValueError):
            raise not_found(f"shard {number} not found") from None

    def shard_for(self, identifier, key=None):
        """Where a point goes: where it is already (an archive of another server hashes differently), or by its hash."""
        shards = [one for one in self.shards.values() if key is None or one.key == key]
        if not shards:
            raise bad_key(key)
        if len(shards) > 1:
            for one in shards:
                if not one.dirty and one.engine.retrieve([identifier], with_payload=False, with_vector=False):
                    return one
        return shards[zlib.crc32(str(identifier).encode()) % len(shards)]

    def shard_keys(self):
        keys = {}
        for one in self.shards.values():
            if one.key is not None:
                keys.setdefault(one.key, []).append(one.number)
        return [{"key": key, "shard_ids": numbers} for key, numbers in keys.items()]

    def close(self):
        for one in self.shards.values():
            one.close()


def bad_key(key):
    return wrong_input(f"Shard key {key} not found") if key else wrong_input("Shard key not specified")


class Storage:
    """All collections of one server. `lock` guards the two dictionaries, not the shards."""

    def __init__(self, folder, peers):
        self.folder = os.path.abspath(folder)
        self.peers = peers
        self.temporary = f"{self.folder}/tmp"
        self.snapshots = f"{self.folder}/snapshots"
        shutil.rmtree(self.temporary, ignore_errors=True)
        for one in (self.temporary, self.snapshots, f"{self.folder}/collections"):
            os.makedirs(one, exist_ok=True)
        self.lock = threading.RLock()
        self.optimizing = True
        self.collections = {}
        self.aliases = _read(f"{self.folder}/aliases.json", {})
        for name in sorted(os.listdir(f"{self.folder}/collections")):
            folder = f"{self.folder}/collections/{name}"
            kept = _read(f"{folder}/collection.json", None)
            if kept is not None:
                self.collections[kept["name"]] = Collection(
                    kept["name"], folder, kept["config"], kept["indexes"], kept["layout"]
                )

    def collection(self, name):
        with self.lock:
            found = self.collections.get(self.aliases.get(name, name))
        if found is None:
            raise no_collection(name)
        return found

    def create(self, name, config, indexes=None, shards=None):
        """Creates a collection with its shards placed on the peers in turn; custom sharding begins without."""
        with self.lock:
            if name in self.aliases:
                raise wrong_input(f"Can't create collection with name {name}. Alias with the same name already exists")
            if name in self.collections:
                raise Refusal(409, f"Wrong input: Collection `{name}` already exists!")
            custom = config["params"].get("sharding_method") == "custom"
            numbers = shards if shards is not None else [] if custom else range(config["params"]["shard_number"])
            layout = self.layout(config, numbers)
            folder = f"{self.folder}/collections/{urllib.parse.quote(name, safe='')}"
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
            self.collections[name] = Collection(name, folder, config, indexes or {}, layout)
            return self.collections[name]

    def layout(self, config, numbers):
        """Each shard's copies go to the peers that have the fewest until then."""
        copies = min(config["params"].get("replication_factor") or 1, len(self.peers))
        load, layout = dict.fromkeys(self.peers, 0), {}
        for number in numbers:
            chosen = sorted(self.peers, key=lambda peer: load[peer])[:copies]
            load.update((peer, load[peer] + 1) for peer in chosen)
            layout[number] = {"replicas": dict.fromkeys(chosen, "Active")}
        return layout

    def delete(self, name):
        with self.lock:
            found = self.collections.pop(self.aliases.get(name, name), None)
            if found is None:
                return False
            self.aliases = {alias: to for alias, to in self.aliases.items() if to != found.name}
            self.save_aliases()
        found.close()
        shutil.rmtree(found.folder)
        return True

    def save_aliases(self):
        _write(f"{self.folder}/aliases.json", self.aliases)

    def all_shards(self):
        with self.lock:
            return [shard for one in self.collections.values() for shard in one.shards.values()]

    def optimize_forever(self, stopped):
        while not stopped.wait(0.05):
            for shard in self.all_shards() if self.optimizing else []:
                if shard.wants_optimizing:
                    try:
                        shard.optimize()
                    except Exception as error:  # a shard that was deleted meanwhile must not end the optimizer
                        print(f"optimizing shard {shard.number}: {error}", file=sys.stderr, flush=True)

    def close(self):
        for one in list(self.collections.values()):
            one.close()


def _read(path, default):
    if not os.path.exists(path):
        return default
    with open(path) as file:
        return json.load(file)


def _write(path, value):
    with open(path + ".new", "w") as file:
        json.dump(value, file)
    os.replace(path + ".new", path)


def new_peer_id():
    return int(time.time_ns() % 9_000_000_000_000_000) + 1
