"""Makes the data of a small stack: a database whose rows are in its log, and odd files."""
import os
import sqlite3
import struct
import sys

os.chdir(sys.argv[1])
os.makedirs("memory/projects/alpha/empty")
os.makedirs("sqlite")

connection = sqlite3.connect("memory/projects/alpha/mem.db")
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("PRAGMA wal_autocheckpoint = 0")
connection.execute("CREATE TABLE fact (number INTEGER)")
connection.executemany("INSERT INTO fact VALUES (?)", ((n,) for n in range(1000)))
connection.commit()

security = sqlite3.connect("sqlite/security.db")
security.execute("CREATE TABLE principal (name TEXT)")
security.execute("INSERT INTO principal VALUES ('ann')")
security.commit()
security.close()

os.chdir("memory/projects")
with open("note.txt", "w") as file:
    file.write("hello\n")
os.link("note.txt", "alpha/again.txt")
os.symlink("../gone", "link")
with open("noise", "wb") as file:
    file.write(os.urandom(300_000))
with open("sparse", "wb") as file:
    file.truncate(3_000_000)
    file.seek(1_000_000)
    file.write(b"island")
with open("hole", "wb") as file:
    file.truncate(1_000_000)
with open(b"odd\xffname\n", "wb") as file:
    file.write(b"odd")
access = [(1, 6, -1), (2, 4, 1234), (4, 4, -1), (0x10, 4, -1), (0x20, 0, -1)]
try:
    os.setxattr("note.txt", "user.color", b"blue\0green")
    value = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in access)
    os.setxattr("note.txt", "system.posix_acl_access", value)
except OSError:
    pass  # A file system without attributes has none to lose.
if os.geteuid() == 0:
    os.chown("noise", 1234, 4321)
os.chmod("noise", 0o751)
os.utime("note.txt", ns=(0, 1_577_934_245_678_901_234))
os.utime("link", ns=(0, 1_000_000_000_000_000_001), follow_symlinks=False)
os.utime("alpha/empty", ns=(0, 1_234_567_890_000_000_009))
# As after a power cut: the log stays, nobody checkpoints it.
os._exit(0)
