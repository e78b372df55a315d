"""Compares two trees bit for bit: compare.py [--without xattrs|set-id] SOURCE COPY

Names, types, content, modes, owners, times to the nanosecond, link targets, which names are one
file, extended attributes (ACLs among them), and that holes are not written out. Pipes and sockets
must be absent from the copy. A SQLite database is compared by what SQLite reads from it, and its
-wal, -shm and -journal must be absent; the time of its folder is not compared, since whoever
opens a database makes and removes those files. Each difference is a line; there must be none.
"""

import argparse
import hashlib
import os
import shutil
import sqlite3
import stat
import sys
import tempfile

parser = argparse.ArgumentParser()
parser.add_argument("--without", action="append", default=[])
parser.add_argument("source")
parser.add_argument("copy")
options = parser.parse_args()
differences: list[str] = []


def is_database(path: bytes) -> bool:
    with open(path, "rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def digest(path: bytes) -> str:
    hasher = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            hasher.update(piece)
    return hasher.hexdigest()


def database(path: bytes) -> str:
    """A digest of all that SQLite finds in it; also proves that it is sound.

    A private copy is opened: opening the file itself would touch its folder.
    """
    with tempfile.TemporaryDirectory() as folder:
        private = os.path.join(folder, "copy.db")
        for end in ("", "-wal", "-journal"):
            if os.path.exists(path + end.encode()):
                shutil.copyfile(path + end.encode(), private + end)
        connection = sqlite3.connect(private)
        sound = connection.execute("PRAGMA integrity_check").fetchall()
        if sound != [("ok",)]:
            return f"damaged: {sound[:3]}"
        hasher = hashlib.sha256()
        for line in connection.iterdump():
            hasher.update(line.encode() + b"\n")
        for setting in ("application_id", "user_version", "page_size"):
            hasher.update(repr(connection.execute(f"PRAGMA {setting}").fetchone()).encode())
        connection.close()
    return hasher.hexdigest()


def describe(root: bytes) -> tuple[dict[bytes, dict], set[frozenset[bytes]]]:
    found: dict[bytes, dict] = {}
    names: dict[tuple[int, int], set[bytes]] = {}

    def look(path: bytes, relative: bytes):
        status = os.lstat(path)
        entry = {
            "type": stat.S_IFMT(status.st_mode),
            "time": status.st_mtime_ns,
            "owner": (status.st_uid, status.st_gid),
        }
        if stat.S_ISLNK(status.st_mode):
            entry["target"] = os.readlink(path)
        else:
            entry["mode"] = stat.S_IMODE(status.st_mode)
            if "set-id" in options.without:
                entry["mode"] &= 0o1777
            if "xattrs" not in options.without:
                entry["attributes"] = {name: os.getxattr(path, name) for name in os.listxattr(path)}
        if stat.S_ISREG(status.st_mode):
            if is_database(path):
                entry["database"] = database(path)
            else:
                entry["size"] = status.st_size
                entry["content"] = digest(path)
                entry["allocated"] = status.st_blocks * 512
            if status.st_nlink > 1:
                names.setdefault((status.st_dev, status.st_ino), set()).add(relative)
        found[relative] = entry
        if stat.S_ISDIR(status.st_mode):
            for name in os.listdir(path):
                look(os.path.join(path, name), os.path.join(relative, name))
                if "database" in found[os.path.join(relative, name)]:
                    entry.pop("time", None)

    look(root, b"")
    return found, {frozenset(group) for group in names.values() if len(group) > 1}


source, source_groups = describe(os.fsencode(options.source))
copy, copy_groups = describe(os.fsencode(options.copy))
specials = {stat.S_IFIFO, stat.S_IFSOCK}
for path, entry in source.items():
    owner = next((path[: -len(end)] for end in (b"-wal", b"-shm", b"-journal") if path.endswith(end)), None)
    expected_absent = entry["type"] in specials or "database" in source.get(owner, {})
    if expected_absent:
        if path in copy:
            differences.append(f"{path!r} should not be there")
        continue
    if path not in copy:
        differences.append(f"{path!r} is missing")
        continue
    other = copy[path]
    for key in sorted(set(entry) | set(other)):
        if key == "allocated":
            # A copy may find more holes than the original, never fewer.
            if other[key] > entry[key] + 65_536:
                differences.append(f"{path!r}: takes {other[key]} bytes on disk and not {entry[key]}")
        elif entry.get(key) != other.get(key):
            differences.append(f"{path!r}: {key}: {entry.get(key)!r} became {other.get(key)!r}")
for path in copy:
    if path not in source:
        differences.append(f"{path!r} is new")
for group in source_groups - copy_groups:
    differences.append(f"no longer one file: {sorted(group)!r}")
for group in copy_groups - source_groups:
    differences.append(f"now one file: {sorted(group)!r}")

for line in differences[:50]:
    print(line)
print(f"{len(source)} entries compared, {len(differences)} differences")
sys.exit(1 if differences else 0)
