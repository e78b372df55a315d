"""Archives as a backup client handles them: read into files, merged by manifests, written anew."""
import io
import json
import tarfile

from server.tar_writer import header

PAGE = 4096


def read(archive):
    """Name → content of every file, and the folders as None."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {one.name: tar.extractfile(one).read() if not one.isdir() else None for one in tar}


def manifests(files):
    return {one["segment_id"]: one for one in (
        json.loads(content) for name, content in files.items() if name.endswith("/segment_manifest.json")
    )}


def merge(base, delta):
    """A base with a partial snapshot on it: newer files replace, files and segments that are gone are dropped."""
    current, merged = manifests(delta), {}
    for name, content in base.items():
        if name.startswith("segments/"):
            segment, inner = name.split("/", 1)[1].split("/files/")
            kept = current.get(segment, {"file_versions": {}})["file_versions"]
            if inner in kept:
                merged[name] = content
    return merged | delta


def complete(files):
    """Whether every file that the manifests name is there."""
    return all(
        f"segments/{segment}/files/{name}" in files
        for segment, one in manifests(files).items() for name in one["file_versions"] if not name.startswith("::")
    )


def write(files, log="keep", manifest=False, sparse=True):
    """A streamable archive, the state and the configuration last. `log`: keep, empty or none."""
    last = ("replica_state.json", "shard_config.json")
    order = sorted(files, key=lambda name: (name.startswith("wal"), last.index(name) + 1 if name in last else 0, name))
    pieces = []
    for name in order:
        if name.endswith("/segment_manifest.json") and not manifest:
            continue
        if name.startswith("wal") and (log == "none" or log == "empty" and name != "wal"):
            continue
        content = files[name]
        if content is None:
            pieces.append(header(name + "/", 0o40755, 0, 0, "5", (0, 0)))
            continue
        extents = _extents(content) if sparse else None
        stored = content if extents is None else b"".join(content[start:start + size] for start, size in extents)
        pieces += [header(name, 0o100644, len(stored), 0, "0", (0, 0), extents, len(content)), stored, bytes(-len(stored) % 512)]
    return b"".join([*pieces, bytes(1024)])


def _extents(content):
    """The pages that are not all zero, runs joined; None when no page is."""
    extents = []
    for start in range(0, len(content), PAGE):
        size = min(PAGE, len(content) - start)
        if content.count(0, start, start + size) == size:
            continue
        if extents and sum(extents[-1]) == start:
            extents[-1] = (extents[-1][0], extents[-1][1] + size)
        else:
            extents.append((start, size))
    if extents == [(0, len(content))] or not content:
        return None
    if not extents or sum(extents[-1]) < len(content):
        extents.append((len(content), 0))
    return extents


def member_ends(archive):
    """Where each member begins, for cutting."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {one.name: one.offset for one in tar}
