"""Snapshots kept on the server: of a collection, of a shard, of everything."""
import contextlib
import threading

from .answers import accepted, dumped, not_found, result, wrong_input
from .archives import collection_archive, trailer
from .routes import route
from .snapshot_files import delete, download, existing, free_name, listed, store
from .tar_writer import bytes_member, file_member

COLLECTION = "/collections/{collection}/snapshots"
SHARD = "/collections/{collection}/shards/{shard}/snapshots"


def collection_folder(call):
    return f"{call.storage.snapshots}/{call.collection().name}"


def shard_folder(call):
    shard = call.collection().shard(call["shard"])
    return f"{call.storage.snapshots}/{call.collection().name}/shards/{shard.number}"


def local_shard(call):
    """The shard when this peer has it."""
    shard = call.collection().shard(call["shard"])
    if call.peer not in shard.replicas:
        raise wrong_input(f"Shard {shard.number} is not a local or queue proxy shard")
    return shard


def perhaps_waiting(call, work):
    """Does the work and answers with its result; with `wait=false` answers 202 and does it afterwards."""
    if call.waits:
        return result(work(), call.started)

    def quietly():
        with contextlib.suppress(Exception):
            work()

    threading.Thread(target=quietly, daemon=True).start()
    return accepted(call.started)


# --- Creating --------------------------------------------------------------------------------


@route("POST", COLLECTION, "collection-write")
def create_collection_snapshot(call):
    collection = call.collection()
    return perhaps_waiting(call, lambda: snapshot_collection(call, collection))


def snapshot_collection(call, collection):
    folder = f"{call.storage.snapshots}/{collection.name}"
    stages, busy = {}, contextlib.ExitStack()
    call.server.creating.append(collection.name)
    try:
        with busy:
            for number, shard in collection.local(call.peer).items():
                busy.enter_context(shard.streams)
                stages[number] = shard.stage(call.storage.temporary, call.peer, whole_log=True)
        name = free_name(folder, f"{collection.name}-{call.peer}")
        config = collection.config | {"uuid": None}
        members = list(collection_archive(stages, config, collection.indexes, collection.shard_keys()))
        shown = store(call, folder, name, [*members, trailer()])
        collection.created_snapshots += 1
        return shown
    finally:
        call.server.creating.remove(collection.name)
        for stage in stages.values():
            stage.remove()


@route("POST", SHARD, "collection-write", since="1.5")
def create_shard_snapshot(call):
    shard = local_shard(call)
    name, folder = call.collection().name, shard_folder(call)

    def work():
        with shard.streams:
            stage = shard.stage(call.storage.temporary, call.peer)
        try:
            return store(call, folder, free_name(folder, f"{name}-shard-{shard.number}"), [*stage.shard(), trailer()])
        finally:
            stage.remove()

    return perhaps_waiting(call, work)


@route("POST", "/snapshots", "global-manage")
def create_full_snapshot(call):
    """An archive of the collections' archives, with the aliases in its configuration."""
    def work():
        members, names = [], {}
        for collection in list(call.storage.collections.values()):
            name = snapshot_collection(call, collection)["name"]
            names[collection.name] = name
            members.append(file_member(name, f"{call.storage.snapshots}/{collection.name}/{name}"))
        config = {"collections_mapping": names, "collections_aliases": dict(call.storage.aliases)}
        members += [bytes_member("config.json", dumped(config)), trailer()]
        folder = call.storage.snapshots
        try:
            return store(call, folder, free_name(folder, "full-snapshot"), members)
        finally:
            for collection, name in names.items():
                delete(f"{folder}/{collection}", name)

    return perhaps_waiting(call, work)


# --- Listing, downloading, deleting ----------------------------------------------------------


@route("GET", COLLECTION, "collection-read")
def list_collection_snapshots(call):
    return result(listed(call, collection_folder(call)), call.started)


@route("GET", SHARD, "collection-read", since="1.5")
def list_shard_snapshots(call):
    return result(listed(call, shard_folder(call)), call.started)


@route("GET", "/snapshots", "global-read")
def list_full_snapshots(call):
    return result(listed(call, call.storage.snapshots), call.started)


@route("GET", COLLECTION + "/{snapshot}", "collection-read", plain=True)
def download_collection_snapshot(call):
    return download(call, existing(collection_folder(call), call["snapshot"]))


@route("GET", SHARD + "/{snapshot}", "collection-read", since="1.5", plain=True)
def download_shard_snapshot(call):
    return download(call, existing(shard_folder(call), call["snapshot"]))


@route("GET", "/snapshots/{snapshot}", "global-read", plain=True)
def download_full_snapshot(call):
    return download(call, existing(call.storage.snapshots, call["snapshot"]))


@route("DELETE", COLLECTION + "/{snapshot}", "collection-write")
def delete_collection_snapshot(call):
    return _delete(call, collection_folder(call))


@route("DELETE", SHARD + "/{snapshot}", "collection-write", since="1.5")
def delete_shard_snapshot(call):
    return _delete(call, shard_folder(call))


@route("DELETE", "/snapshots/{snapshot}", "global-manage")
def delete_full_snapshot(call):
    return _delete(call, call.storage.snapshots)


def _delete(call, folder):
    existing(folder, call["snapshot"])

    def work():
        delete(folder, call["snapshot"])
        return True

    return perhaps_waiting(call, work)


def local_for_partial(call):
    """The shard of a partial snapshot: another refusal than for whole ones."""
    collection = call.collection()
    shard = collection.shard(call["shard"])
    if call.peer not in shard.replicas:
        raise not_found(f"local shard {collection.name}:{shard.number} does not exist on peer {call.peer} not found")
    return shard
