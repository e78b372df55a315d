"""Bringing archives back: uploads, files of the server, addresses, partial archives."""
import hashlib
import os
import shutil
import tempfile
import urllib.error
import urllib.parse
import urllib.request

from .answers import Refusal, bad_request, forbidden, malformed, not_found, service_error
from .bodies import json_body, read_form
from .restores import recover_collection, recover_shard
from .routes import route
from .snapshot_routes import COLLECTION, SHARD, local_shard, perhaps_waiting, shard_folder

PRIORITIES = ("no_sync", "snapshot", "replica")
PARTIAL = "/collections/{collection}/shards/{shard}/snapshot/partial"


def _priority(given):
    if given is not None and given not in PRIORITIES:
        expected = ", ".join(f"`{one}`" for one in PRIORITIES)
        raise malformed(f"Query deserialize error: unknown variant `{given}`, expected one of {expected}")
    return given or "snapshot"


def _form(call):
    """The priority and the spooled file; both are read before anything of the collection is looked at."""
    priority = _priority(call.query.get("priority"))
    upload = read_form(call.headers, call.body, call.storage.temporary)
    call.server.faults.step(call.method, call.path)("upload.received")
    return priority, upload


def _compare(wanted, actual):
    if wanted and wanted.strip().lower() != actual:
        # Which is which is swapped in the server's own message.
        raise Refusal(400, f"Checksum mismatch: expected {actual}, actual {wanted}")


def _removing(path, work):
    def both():
        try:
            return work()
        finally:
            if os.path.exists(path):
                os.remove(path)
    return both


# --- Uploads ---------------------------------------------------------------------------------


@route("POST", COLLECTION + "/upload", "global-manage", since="1.1", plain="rights")
def upload_collection(call):
    priority, upload = _form(call)
    name = upload.name or os.path.basename(upload.path)

    def work():
        _compare(call.query.get("checksum"), upload.digest)
        target = call.storage.aliases.get(call["collection"], call["collection"])
        folder = f"{call.storage.snapshots}/{target}"
        os.makedirs(folder, exist_ok=True)
        # The archive stays on the server, and an older checksum beside that name stays too.
        os.replace(upload.path, f"{folder}/{name}")
        return recover_collection(call, call["collection"], f"{folder}/{name}", priority)

    return perhaps_waiting(call, _removing(upload.path, work))


@route("POST", SHARD + "/upload", "global-manage", since="1.5", plain="rights")
def upload_shard(call):
    _, upload = _form(call)

    def work():
        shard = local_shard(call)
        _compare(call.query.get("checksum"), upload.digest)
        recover_shard(call, shard, upload.path)

    return perhaps_waiting(call, _removing(upload.path, work))


@route("POST", PARTIAL + "/recover", "global-manage", since="1.14.1", plain="rights")
def recover_partial(call):
    _, upload = _form(call)

    def work():
        shard = local_shard(call)
        _compare(call.query.get("checksum"), upload.digest)
        shard.merge_partial(upload.path, call.storage.temporary)

    return perhaps_waiting(call, _removing(upload.path, work))


# --- Recovering ------------------------------------------------------------------------------


@route("PUT", COLLECTION + "/recover", "global-manage")
def recover_collection_from(call):
    body = json_body(call.headers, call.body)
    priority = _priority(body.get("priority"))

    def work():
        path, temporary = _located(call, body)
        try:
            return recover_collection(call, call["collection"], path, priority)
        finally:
            if temporary:
                os.remove(path)

    return perhaps_waiting(call, work)


@route("PUT", SHARD + "/recover", "global-manage", since="1.5")
def recover_shard_from(call):
    body = json_body(call.headers, call.body)
    shard = local_shard(call)

    def work():
        path, temporary = _located(call, body, shard_folder(call))
        try:
            recover_shard(call, shard, path)
            return True
        finally:
            if temporary:
                os.remove(path)

    return perhaps_waiting(call, work)


def _located(call, body, folder=None):
    """A path and whether it is a download: from an address, a file:// of the server, or a bare file name."""
    location = urllib.parse.urlsplit(body["location"])
    if location.scheme in ("http", "https"):
        path, temporary = _downloaded(call, body), True
    elif folder is not None:
        path, temporary = f"{folder}/{os.path.basename(body['location'])}", False
    else:
        path, temporary = os.path.realpath(urllib.parse.unquote(location.path)), False
        if location.scheme != "file" or not path.startswith(os.path.realpath(call.storage.snapshots) + "/"):
            raise forbidden(f'Snapshot file path must be inside the snapshots directory "{call.storage.snapshots}"')
    if not os.path.isfile(path):
        raise not_found(f"Snapshot {os.path.basename(path)} not found") if folder else bad_request(f"Snapshot file {path} does not exist")
    if body.get("checksum"):
        with open(path, "rb") as file:
            _compare(body["checksum"], hashlib.file_digest(file, "sha256").hexdigest())
    return path, temporary


def _downloaded(call, body):
    headers = {"api-key": body["api_key"]} if body.get("api_key") else {}
    descriptor, path = tempfile.mkstemp(prefix="download-", dir=call.storage.temporary)
    try:
        request = urllib.request.Request(body["location"], headers=headers)
        with os.fdopen(descriptor, "wb") as file, urllib.request.urlopen(request, timeout=60) as answer:
            shutil.copyfileobj(answer, file, 1 << 20)
    except urllib.error.HTTPError as error:
        os.remove(path)
        raise bad_request(f"Failed to download snapshot from {body['location']}: status - {error.code}") from None
    except OSError:
        os.remove(path)
        raise service_error(f"Http request error: error sending request for url ({body['location']})") from None
    return path
