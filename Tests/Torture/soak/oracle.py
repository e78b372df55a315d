"""What a tree holds, found without the program under test: the word of truth of these tests."""

import hashlib
import os
import shutil
import sqlite3
import stat
import tempfile
from contextlib import closing

# A manifest holds nanoseconds in 64 bits: what lies beyond 1677 and 2262 becomes the nearest.
EARLIEST, LATEST = -(1 << 63), (1 << 63) - 1
SIDECARS = ("-wal", "-shm", "-journal")


def is_database(path: str) -> bool:
    with open(path, "rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def digest(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def database(path: str) -> str:
    """A digest of all that SQLite finds in a database at rest; says so where it is not sound.

    A private copy is opened: what a dead writer left beside the file is for the program to find.
    """
    with tempfile.TemporaryDirectory() as folder:
        private = f"{folder}/copy.db"
        for end in ("", "-wal", "-journal"):
            if os.path.exists(path + end):
                shutil.copyfile(path + end, private + end)
        with closing(sqlite3.connect(private)) as connection:
            sound = connection.execute("PRAGMA integrity_check").fetchall()
            if sound != [("ok",)]:
                return f"damaged: {sound[:3]}"
            hasher = hashlib.sha256()
            for line in connection.iterdump():
                hasher.update(line.encode() + b"\n")
            for setting in ("application_id", "user_version", "page_size", "auto_vacuum"):
                hasher.update(repr(connection.execute(f"PRAGMA {setting}").fetchone()).encode())
            return hasher.hexdigest()


def describe(root: str) -> dict[str, dict]:
    """Every entry below a folder: kind, mode, owner, time, attributes, and what it holds.

    The root itself and the times of folders with databases are left out: whoever opens a database
    makes and removes files beside it. Files with one `link` are names of one file.
    """
    found: dict[str, dict] = {}
    names: dict[tuple[int, int], list[str]] = {}

    def walk(folder: str, relative: str):
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        present = {entry.name for entry in entries}
        for entry in entries:
            owner = next((entry.name.removesuffix(end) for end in SIDECARS if entry.name.endswith(end)), "")
            if owner in present or entry.name.startswith(".recover-"):
                continue
            path = relative + entry.name
            status = entry.stat(follow_symlinks=False)
            seen = {
                "kind": stat.S_IFMT(status.st_mode),
                "owner": [status.st_uid, status.st_gid],
                "time": max(EARLIEST, min(LATEST, status.st_mtime_ns)),
            }
            found[path] = seen
            if entry.is_symlink():
                seen["target"] = os.readlink(entry.path)
                continue
            seen["mode"] = stat.S_IMODE(status.st_mode)
            attributes = {name: os.getxattr(entry.path, name).hex() for name in os.listxattr(entry.path)}
            if attributes:
                seen["attributes"] = attributes
            if entry.is_dir():
                walk(entry.path, path + "/")
            elif is_database(entry.path):
                seen["database"] = database(entry.path)
                if entry.name + "-journal" in present:
                    # Whoever reads it next rolls the journal back, which writes to the file.
                    seen.pop("time")
                found.get(relative.rstrip("/"), {}).pop("time", None)
            else:
                seen["size"] = status.st_size
                seen["content"] = digest(entry.path)
                if status.st_nlink > 1:
                    names.setdefault((status.st_dev, status.st_ino), []).append(path)

    walk(root, "")
    for group in names.values():
        for path in group if len(group) > 1 else []:
            found[path]["link"] = group[0]
    return found


def differences(wanted: dict[str, dict], found: dict[str, dict]) -> list[str]:
    """What differs, one line each; a time that is not known agrees with any."""
    lines = []
    for path in sorted(set(wanted) | set(found)):
        one, other = wanted.get(path), found.get(path)
        if one is None or other is None:
            lines.append(f"{path!r} is {'new' if one is None else 'missing'}")
            continue
        lines += [
            f"{path!r}: {key}: {one.get(key)!r} became {other.get(key)!r}"
            for key in sorted(set(one) | set(other))
            if one.get(key) != other.get(key) and not (key == "time" and None in (one.get(key), other.get(key)))
        ]
    return lines
