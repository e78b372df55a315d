"""From an archive to a running shard or collection: unpacking, the server's own checks, replacing."""
import json
import os
import shutil
import tarfile
import tempfile
import time

from qdrant_edge import UpdateOperation

from .answers import bad_request, service_error, wrong_input
from .storage import Collection

# The Python of Debian 12 knows no filters, and does without a warning what this one stands for.
FILTER = {"filter": "tar"} if hasattr(tarfile, "tar_filter") else {}
ALLOWED = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE, tarfile.GNUTYPE_SPARSE)


def unpack(archive, folder):
    """Unpacks an archive. A cut between members is not noticed: as on the real server."""
    try:
        tar = tarfile.open(archive, "r:")
    except tarfile.TarError:
        with open(archive, "rb") as file:
            start = file.read(512)
        name, checksum = (start[a:b].decode(errors="replace") for a, b in ((0, 100), (148, 156)))
        raise service_error(
            "File IO error: Malformed tar archive, reached unknown entry: numeric field was not a number: "
            f"{checksum} when getting cksum for {name}"
        ) from None
    with tar:
        member = None
        try:
            for member in tar:
                if member.type not in ALLOWED:
                    raise service_error(f"File IO error: failed to unpack `{member.name}`: unsupported entry type")
                tar.extract(member, folder, set_attrs=True, **FILTER)
        except (tarfile.TarError, OSError):
            raise service_error(f"File IO error: failed to unpack `{folder}/{member.name if member else ''}`") from None


def prepare_shard(folder, peer, distributed):
    """The checks of a shard that was unpacked, and its nested or wrapped segments laid flat."""
    state = {}
    if os.path.exists(f"{folder}/replica_state.json"):
        with open(f"{folder}/replica_state.json") as file:
            state = json.load(file)
    if not distributed and not state.get("is_local"):
        raise service_error(f"Can't restore snapshot in local mode with missing data at shard: {folder}")
    if not os.path.isdir(f"{folder}/wal") or not os.path.isdir(f"{folder}/segments"):
        raise bad_request("Invalid snapshot")
    for name in os.listdir(f"{folder}/segments"):
        path = f"{folder}/segments/{name}"
        if name.startswith("."):
            shutil.rmtree(path)
        elif name.endswith(".tar"):
            unpack(path, path.removesuffix(".tar") + ".unpacked")
            os.remove(path)
            os.rename(path.removesuffix(".tar") + ".unpacked/snapshot", path.removesuffix(".tar"))
            os.rmdir(path.removesuffix(".tar") + ".unpacked")
    for name in os.listdir(f"{folder}/segments"):
        flatten(f"{folder}/segments/{name}")
        if os.path.exists(f"{folder}/segments/{name}/segment_manifest.json"):
            raise wrong_input(
                f"Validation failed: invalid shard snapshot: segment {name} contains segment manifest; "
                "ensure you are not recovering partial snapshot on shard snapshot endpoint"
            )


def flatten(segment):
    """Lifts what lies in `files/` up; the database backups of old servers stay beside it."""
    if os.path.isdir(f"{segment}/files"):
        for name in os.listdir(f"{segment}/files"):
            os.rename(f"{segment}/files/{name}", f"{segment}/{name}")
        os.rmdir(f"{segment}/files")


def recover_shard(call, shard, archive):
    """Replaces one shard by an archive; nothing is compared with the collection."""
    at = call.server.faults.step(call.method, call.path)
    folder = tempfile.mkdtemp(prefix=f"shard-{shard.number}-", dir=call.storage.temporary)
    try:
        unpack(archive, folder)
        prepare_shard(folder, call.peer, call.server.distributed)
        at("recover.unpacked")
        if call.fault("lose"):
            shutil.rmtree(f"{folder}/segments")
        shard.replace(folder, at, call.collection().indexes)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def recover_collection(call, name, archive, priority):
    """Recovers a collection from its archive, creating it when it is missing. Returns True, as the server does."""
    storage, at = call.storage, call.server.faults.step(call.method, call.path)
    folder = tempfile.mkdtemp(prefix="collection-", dir=storage.temporary)
    try:
        unpack(archive, folder)
        if not os.path.exists(f"{folder}/config.json"):
            raise service_error(f"Service runtime error: File IO error: {folder}/config.json: No such file or directory (os error 2)")
        with open(f"{folder}/config.json") as file:
            config = json.load(file)
        config.pop("uuid", None)
        numbers = sorted(int(one) for one in os.listdir(folder) if one.isdigit())
        for number in numbers:
            prepare_shard(f"{folder}/{number}", call.peer, call.server.distributed)
        at("recover.unpacked")
        missing = storage.aliases.get(name, name) not in storage.collections
        if missing:
            _refuse_replicas_elsewhere(call, config)
            target = storage.create(name, config, _payload_indexes(folder) or {})
        else:
            target = storage.collection(name)
            _compare(target, config)
        if not (missing and call.server.distributed and priority == "replica"):
            _replace_shards(call, target, folder, numbers, at)
        if missing and _payload_indexes(folder) is None:
            _drop_indexes(target)
        target.save()
        return True
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _replace_shards(call, target: Collection, folder, numbers, at):
    for number in numbers:
        # A shard that the collection does not have is left out without a word: custom sharding loses all.
        if number in target.shards and call.peer in target.shards[number].replicas:
            target.shards[number].replace(f"{folder}/{number}", at, target.indexes)


def _refuse_replicas_elsewhere(call, config):
    if call.server.distributed and (config["params"].get("replication_factor") or 1) > 1:
        time.sleep(call.server.consensus_seconds)
        raise service_error(
            "Waiting for consensus operation commit failed. Timeout set at: "
            f"{call.server.consensus_seconds} seconds"
        )


def _payload_indexes(folder):
    """None when the archive was cut before them."""
    path = f"{folder}/payload_index.json"
    if not os.path.exists(path):
        return None
    with open(path) as file:
        return json.load(file)["schema"]


def _drop_indexes(target):
    """A collection restored without its list of indexes has none, and nobody is told."""
    for shard in target.shards.values():
        for field in list(shard.use("Get Info").info().payload_schema):
            shard.update(UpdateOperation.delete_field_index(field))


def _compare(target, config):
    old, new = target.config["params"], config["params"]
    if old["vectors"] != new["vectors"]:
        raise wrong_input(
            "Snapshot is not compatible with existing collection: "
            f"Collection vectors: {_shown(old['vectors'])} Snapshot Vectors: {_shown(new['vectors'])}"
        )
    if old["shard_number"] != new["shard_number"]:
        raise wrong_input(
            "Snapshot is not compatible with existing collection: "
            f"Collection shard number: {old['shard_number']} Snapshot shard number: {new['shard_number']}"
        )


def _shown(vectors):
    if "size" not in vectors:
        return "Multi({" + ", ".join(f'"{name}": {_shown_one(one)}' for name, one in vectors.items()) + "})"
    return f"Single({_shown_one(vectors)})"


def _shown_one(one):
    fields = ("size", "distance", "hnsw_config", "quantization_config", "on_disk", "datatype", "multivector_config")
    return "VectorParams { " + ", ".join(f"{name}: {one.get(name)}" for name in fields) + " }"
