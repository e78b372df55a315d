"""The four archive layouts: collection, shard, streamed shard, partial."""
import json
import os
import re
import shutil

from .answers import dumped
from .tar_writer import TRAILER, Member, bytes_member, file_member, folder_member, nested_member

SHARD_CONFIG = {"type": "ReplicaSet"}
WAL_SEGMENT_BYTES = 32 << 20
ALWAYS_SHIPPED = ("segment.json", "version.info")
_GROUPS = ("vector_", "payload_index", "payload_storage", "mutable_id_tracker", "id_tracker", "segment.json", "version")
_PAGED = ("tracker.dat", "page_", "config.json", "bitmask.dat", "gaps.dat")


def trailer():
    return Member("", len(TRAILER), lambda: iter((TRAILER,)))


class Stage:
    """A copy of one shard at one moment, from which archives are written while the shard goes on."""

    def __init__(self, folder, manifest, next_operation, replica_state):
        self.folder = folder
        self.manifest = manifest
        self.next_operation = next_operation
        self.replica_state = replica_state

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def stream(self):
        """Un-nested segments, an empty log, the state, and the configuration last."""
        for segment, entry in self.manifest.items():
            yield from self._files(segment, entry["file_versions"], f"segments/{segment}/files/")
        yield from self._close()

    def shard(self):
        """A shard archive kept on the server: segments nested, an empty log."""
        yield from self._nested("")
        yield from self._close()

    def partial(self, known):
        """Only what is newer than the manifests in `known`, each segment led by its own manifest."""
        for segment, entry in self.manifest.items():
            prefix = f"segments/{segment}/files/"
            yield bytes_member(prefix + "segment_manifest.json", dumped(entry))
            yield from self._files(segment, updated_files(known.get(segment), entry), prefix)
        yield from self._close()

    def in_collection(self, shard):
        """The part of a collection archive that is this shard, with its whole log."""
        yield from self._nested(f"{shard}/")
        log = f"{self.folder}/wal"
        for name in sorted(os.listdir(log)):
            yield file_member(f"{shard}/wal/{name}", f"{log}/{name}")
        yield bytes_member(f"{shard}/replica_state.json", dumped(self.replica_state))
        yield bytes_member(f"{shard}/shard_config.json", dumped(SHARD_CONFIG))

    def _nested(self, prefix):
        for segment, entry in self.manifest.items():
            inner = self._files(segment, entry["file_versions"], "snapshot/files/")
            yield nested_member(f"{prefix}segments/{segment}.tar", inner)

    def _files(self, segment, names, prefix):
        folder = f"{self.folder}/segments/{segment}"
        for name in sorted([*names, *ALWAYS_SHIPPED], key=_rank):
            # Names of pseudo-files, which servers up to 1.16 list, have no file.
            if not name.startswith("::"):
                yield file_member(prefix + name, f"{folder}/{name}")

    def _close(self):
        log = f"{self.folder}/empty-wal"
        os.makedirs(log, exist_ok=True)
        name = f"closed-{self.next_operation}"
        with open(f"{log}/{name}", "wb") as file:
            file.write(b"wal\0" + os.urandom(4))
            file.truncate(WAL_SEGMENT_BYTES)
        yield folder_member("wal", log)
        yield file_member(f"wal/{name}", f"{log}/{name}")
        yield bytes_member("replica_state.json", dumped(self.replica_state))
        yield bytes_member("shard_config.json", dumped(SHARD_CONFIG))


def collection_archive(stages, config, indexes, shard_keys):
    """`stages` maps shard numbers to stages; the configuration comes after all shards."""
    for shard, stage in stages.items():
        yield from stage.in_collection(shard)
    yield bytes_member("version.info", b"0.4.2")
    yield bytes_member("config.json", dumped(config))
    yield bytes_member("shard_key_mapping.json", dumped(shard_keys))
    yield bytes_member("payload_index.json", dumped({"schema": indexes}))


def updated_files(old, current):
    """The files of a segment that someone who holds `old` lacks: new, newer, or both of version 0."""
    names = []
    for name, version in current["file_versions"].items():
        version = current["segment_version"] if version is None else version
        known = _version(old, name)
        if known is None or known < version or known == version == 0:
            names.append(name)
    return names


def _version(entry, name):
    if entry is None or name not in entry["file_versions"]:
        return None
    version = entry["file_versions"][name]
    return entry["segment_version"] if version is None else version


def copy_sparse(source, target):
    """Copies data, holes, mode and times."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(source, "rb") as old, open(target, "wb") as new:
        size = os.fstat(old.fileno()).st_size
        os.truncate(new.fileno(), size)
        position = 0
        while position < size:
            try:
                start = os.lseek(old.fileno(), position, os.SEEK_DATA)
            except OSError:
                break
            position = min(os.lseek(old.fileno(), start, os.SEEK_HOLE), size)
            while start < position:
                count = os.copy_file_range(old.fileno(), new.fileno(), position - start, start, start)
                if count == 0:
                    raise OSError(f"{source} became shorter while it was copied")
                start += count
    shutil.copystat(source, target)


def _rank(name):
    """Order of a segment's files: vectors by name (index, storage, quantized), payload indexes, payload, ids."""
    group = next((place for place, start in enumerate(_GROUPS) if name.startswith(start)), len(_GROUPS))
    folder, _, base = name.rpartition("/")
    vector = re.match(r"vector_(index|storage)(?:-([^/]*))?/(quantized)?", name)
    if vector:
        return group, vector[2] or "", vector[3] or "", vector[1], folder, base
    if name == "payload_index/config.json":
        return group, "\uffff"
    paged = next((place for place, start in enumerate(_PAGED) if base.startswith(start)), len(_PAGED))
    return group, folder, paged, base


def read_manifest(raw):
    """Parses the body of a partial create; raises ValueError with the server's words."""
    try:
        manifest = json.loads(raw)
    except json.JSONDecodeError as error:
        raise ValueError(f"key must be a string at line {error.lineno} column {error.colno}") from None
    if not isinstance(manifest, dict):
        raise ValueError("invalid type: expected a map at line 1 column 1")
    for name, entry in manifest.items():
        if not isinstance(entry, dict):
            shown = f"integer `{entry}`" if isinstance(entry, int) else f"{type(entry).__name__} `{entry}`"
            column = raw.decode(errors="replace").find(dumped(entry).decode()) + len(dumped(entry))
            raise ValueError(f"invalid type: {shown}, expected struct SegmentManifest at line 1 column {column}")
        for field in ("segment_id", "segment_version", "file_versions"):
            if field not in entry:
                raise ValueError(f"missing field `{field}` at line 1 column {len(raw)}")
    return manifest
