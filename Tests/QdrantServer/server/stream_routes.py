"""Streams: a whole shard, its manifest, and what is newer than a manifest."""
import time

from .answers import BYTES, TEXT, Answer, malformed, result
from .archives import read_manifest, trailer
from .bodies import json_bytes
from .routes import numbers, route
from .snapshot_files import gathered
from .snapshot_routes import local_for_partial, local_shard

STREAM = "/collections/{collection}/shards/{shard}/snapshot"
MANIFEST_LIMIT_BYTES = 2 << 20


class ArchiveBody:
    """The bytes of a stream. Until it is closed, other snapshots of the shard wait."""

    def __init__(self, call, shard, stage, members):
        self.shard, self.stage = shard, stage
        cut = call.server.faults.due_members(call.method, call.path)
        # Cut after so many members it ends as if complete: the failure that the real server hides.
        self.pieces = gathered(members, cut)

    def __iter__(self):
        return self.pieces

    def close(self):
        self.pieces.close()
        self.stage.remove()
        self.shard.streams.release()


@route("GET", STREAM, "collection-write", since="1.12", plain=True)
def stream(call):
    return _stream(call, local_shard(call), lambda stage: stage.stream(), None)


@route("GET", STREAM + "/partial/manifest", "global-read", since="1.14.1")
def manifest(call):
    return result(local_for_partial(call).manifest(call.server.pseudo_files), call.started)


@route("POST", STREAM + "/partial/create", "collection-write", since="1.14.1", plain=True)
def partial(call):
    try:
        known = read_manifest(json_bytes(call.headers, call.body, MANIFEST_LIMIT_BYTES))
    except ValueError as error:
        raise malformed(f"Json deserialize error: {error}") from None
    return _stream(call, local_for_partial(call), lambda stage: stage.partial(known), known)


def _stream(call, shard, members, known):
    if call.fault("empty") or not shard.streams.acquire(blocking=call.server.second_stream == "wait"):
        # What servers before 1.18.2 do to a second stream: success, and no byte.
        return Answer(200, iter(()), BYTES, [_disposition(call, shard)])
    stage = None
    try:
        stage = shard.stage(
            call.storage.temporary, call.peer, known if numbers(call.server.version) >= (1, 15, 2) else None,
            pseudo_files=call.server.pseudo_files,
        )
        if stage is not None:
            return Answer(200, ArchiveBody(call, shard, stage, [*members(stage), trailer()]), BYTES, [_disposition(call, shard)])
        shard.streams.release()
        return Answer(304, b"", TEXT)
    except BaseException:
        if stage is not None:
            stage.remove()
        shard.streams.release()
        raise


def _disposition(call, shard):
    now = time.strftime("%Y-%m-%d-%H-%M-%S", time.gmtime())
    return "content-disposition", f'attachment; filename="{call.collection().name}-shard-{shard.number}-{now}.snapshot"'
