"""What a tree of files is, bit for bit, as a value that can be kept and compared.

Names, types, modes, owners, times to the nanosecond, content, link targets, holes. A SQLite database
is what SQLite reads from it with its -wal and -journal, and these are then no entries of their own;
the time of a folder that holds one is left out, since whoever opens a database changes it.
"""

import hashlib
import os
import shutil
import sqlite3
import stat
import tempfile

SIDECARS = ("-wal", "-shm", "-journal")


def describe(root: str, leave_out: tuple[str, ...] = (), folder_times: bool = True) -> dict[str, tuple]:
    """The entries of a folder, or the one file, by relative path; `leave_out` names top-level entries."""
    if not os.path.lexists(root):
        return {}
    if not os.path.isdir(root):
        return {os.path.basename(root): _entry(root, True)}
    found: dict[str, tuple] = {"": _entry(root, folder_times)}
    for folder, folders, files in os.walk(root):
        relative = os.path.relpath(folder, root)
        if relative == ".":
            folders[:] = [name for name in folders if name not in leave_out]
            files = [name for name in files if name not in leave_out]
        for name in folders + files:
            path = os.path.join(folder, name)
            found[os.path.normpath(os.path.join(relative, name))] = _entry(path, folder_times)
    databases = [path for path, entry in found.items() if entry[0] == "database"]
    for path in databases:
        for end in SIDECARS:
            found.pop(path + end, None)
        parent = os.path.dirname(path)
        found[parent] = found[parent][:-1] + (None,)
    return found


def differences(expected: dict[str, tuple], found: dict[str, tuple]) -> list[str]:
    lines = [f"{path!r} is missing" for path in expected.keys() - found.keys()]
    lines += [f"{path!r} is new" for path in found.keys() - expected.keys()]
    for path in expected.keys() & found.keys():
        if expected[path] != found[path]:
            lines.append(f"{path!r}: {expected[path]} became {found[path]}")
    return lines


def _entry(path: str, folder_times: bool) -> tuple:
    status = os.lstat(path)
    common = (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid)
    if stat.S_ISLNK(status.st_mode):
        return ("link", os.readlink(path), status.st_mtime_ns)
    if stat.S_ISDIR(status.st_mode):
        return ("folder", *common, status.st_mtime_ns if folder_times else None)
    if not stat.S_ISREG(status.st_mode):
        return ("special", *common)
    with open(path, "rb") as file:
        content = file.read()
    if content[:16] == b"SQLite format 3\0":
        return ("database", *common, _database(path), status.st_mtime_ns)
    # Half of the sparse file is a hole; other files have none.
    is_sparse = status.st_blocks * 512 < status.st_size // 2
    return ("file", *common, hashlib.sha256(content).hexdigest(), is_sparse, status.st_mtime_ns)


def _database(path: str) -> str:
    """A digest of all that SQLite finds; a private copy is opened, the original stays as it is."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        private = os.path.join(folder, "copy.db")
        for end in ("", "-wal", "-journal"):
            if os.path.exists(path + end):
                shutil.copyfile(path + end, private + end)
        connection = sqlite3.connect(private)
        try:
            sound = connection.execute("PRAGMA integrity_check").fetchall()
            if sound != [("ok",)]:
                return f"damaged: {sound[:3]}"
            lines = "\n".join(connection.iterdump())
        except sqlite3.Error as error:
            return f"damaged: {error}"
        finally:
            connection.close()
    return hashlib.sha256(lines.encode()).hexdigest()
