"""Prints one line for everything below a folder: all that an archive must keep of it."""
import hashlib
import os
import sys

root = sys.argv[1].encode()
skipped = tuple(name.encode() for name in sys.argv[2:])
first_names = {}


def describe(path):
    status = os.lstat(path)
    kind = status.st_mode >> 12
    line = [oct(status.st_mode), status.st_uid, status.st_gid, status.st_mtime_ns]
    if kind == 0o10:
        with open(path, "rb") as file:
            line += [status.st_size, hashlib.sha256(file.read()).hexdigest()]
        line.append(first_names.setdefault((status.st_dev, status.st_ino), path[len(root):]))
    if kind == 0o12:
        return line + [os.readlink(path)]
    return line + [(name, os.getxattr(path, name)) for name in sorted(os.listxattr(path))]


for folder, folders, files in os.walk(root):
    folders.sort()
    for name in sorted(files + folders):
        if not name.startswith(skipped):
            path = os.path.join(folder, name)
            print(path[len(root):], *describe(path))
