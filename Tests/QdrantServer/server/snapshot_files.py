"""Archives on the server's disk: storing, describing, downloading with ranges, deleting."""
import hashlib
import os
import re
import threading
import time
from email.utils import formatdate

from .answers import BYTES, Answer, not_found, service_error

READ_BYTES = 1 << 20
GATHER_BYTES = 256 << 10
_naming = threading.Lock()


def gathered(members, limit=None):
    """The bytes of an archive's members in pieces worth sending; `limit`: only so many members, then an end."""
    pieces, size = [], 0
    for place, member in enumerate(members):
        if place == limit:
            break
        for block in member.blocks():
            pieces.append(block)
            size += len(block)
            if size >= GATHER_BYTES:
                yield b"".join(pieces)
                pieces, size = [], 0
    if pieces:
        yield b"".join(pieces)


def free_name(folder, prefix):
    """A name with the time in it, of whole seconds: a second one within the same second waits for the next."""
    os.makedirs(folder, exist_ok=True)
    with _naming:
        while True:
            name = f"{prefix}-{time.strftime('%Y-%m-%d-%H-%M-%S', time.gmtime())}.snapshot"
            if not os.path.exists(f"{folder}/{name}") and not os.path.exists(f"{folder}/{name}.tmp"):
                open(f"{folder}/{name}.tmp", "w").close()
                return name
            time.sleep(0.05)


def store(call, folder, name, members):
    """Writes an archive under the name that was reserved, with its SHA-256 beside it."""
    path = f"{folder}/{name}"
    at = call.server.faults.step(call.method, call.path)
    try:
        at("create.begin")
        if call.fault("disk_full"):
            temporary = f"{call.storage.temporary}/{name}-arc-Tr1K4f"
            target = f"{folder}/{name.removesuffix('.snapshot')}.tmp"
            raise service_error(
                f"failed to store snapshot archive to {temporary}: Service internal error: Can't move file from "
                f"{temporary} to {target} due to failed to copy file from {temporary} to {target}: "
                "No space left on device (os error 28)"
            )
        digest = hashlib.sha256()
        with open(path + ".tmp", "wb") as file:
            for piece in gathered(members):
                file.write(piece)
                digest.update(piece)
        with open(path + ".checksum", "w") as file:
            file.write(digest.hexdigest())
        os.rename(path + ".tmp", path)
        at("create.stored")
    except BaseException:
        if os.path.exists(path + ".tmp"):
            os.remove(path + ".tmp")
        raise
    return describe(call, path)


def describe(call, path):
    stat = os.stat(path)
    shown = {
        "name": os.path.basename(path),
        "creation_time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(stat.st_mtime)),
        "size": stat.st_size,
    }
    if os.path.exists(path + ".checksum"):
        with open(path + ".checksum") as file:
            shown["checksum"] = file.read()
        if call.fault("checksum"):
            shown["checksum"] = hashlib.sha256(shown["checksum"].encode()).hexdigest()
    return shown


def listed(call, folder):
    if not os.path.isdir(folder):
        return []
    names = sorted(os.listdir(folder), reverse=True)
    return [describe(call, f"{folder}/{name}") for name in names if name.endswith(".snapshot")]


def existing(folder, name):
    path = f"{folder}/{name}"
    if "/" in name or not os.path.isfile(path) or name.endswith((".checksum", ".tmp")):
        raise not_found(f"Snapshot {name} not found")
    return path


def delete(folder, name):
    path = existing(folder, name)
    os.remove(path)
    if os.path.exists(path + ".checksum"):
        os.remove(path + ".checksum")


def download(call, path):
    """The file, or the range that was asked for; If-Range is ignored, as on the real server."""
    stat = os.stat(path)
    seconds, nanoseconds = divmod(stat.st_mtime_ns, 1_000_000_000)
    name = os.path.basename(path)
    headers = [
        ("etag", f'"{stat.st_ino:x}:{stat.st_size:x}:{seconds:x}:{nanoseconds:x}"'),
        ("content-disposition", f'attachment; filename="{name}"'),
        ("accept-ranges", "bytes"),
        ("last-modified", formatdate(seconds, usegmt=True)),
    ]
    wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", call.headers.get("range", ""))
    if not wanted or wanted.group(0) == "bytes=-":
        return Answer(200, _Slice(path, 0, stat.st_size), BYTES, headers, stat.st_size)
    first, last = _range(wanted, stat.st_size)
    if first >= stat.st_size or first > last:
        return Answer(416, b"", BYTES, [("content-range", f"bytes */{stat.st_size}"), *headers])
    headers = [("content-range", f"bytes {first}-{last}/{stat.st_size}"), *headers, ("content-encoding", "identity")]
    return Answer(206, _Slice(path, first, last - first + 1), BYTES, headers, last - first + 1)


def _range(wanted, size):
    if not wanted[1]:
        return max(0, size - int(wanted[2])), size - 1
    return int(wanted[1]), min(int(wanted[2]), size - 1) if wanted[2] else size - 1


class _Slice:
    """Part of a file, opened at once so that a deletion does not cut a download short."""

    def __init__(self, path, offset, length):
        self.file = open(path, "rb", buffering=0)
        self.offset, self.length = offset, length

    def __iter__(self):
        while self.length:
            piece = os.pread(self.file.fileno(), min(self.length, READ_BYTES), self.offset)
            if not piece:
                return
            self.offset += len(piece)
            self.length -= len(piece)
            yield piece

    def close(self):
        self.file.close()
