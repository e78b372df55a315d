"""A small stack that changes at random: files of all kinds, and databases in both formats."""

import os
import random
import shutil
import sqlite3
from contextlib import closing

COMPONENTS = ("files", "memory", "rbac")
# What a file system cannot hold it moves to the nearest that it can.
TIMES = (0, -1, -2_145_916_800_000_000_001, 2_147_483_648_000_000_000, 4_102_444_800_999_999_999)


class Stack:
    """The live data below `home`, and what may happen to it."""

    def __init__(self, home: str, chance: random.Random):
        self.home, self.chance = home, chance
        self.files, self.memory = f"{home}/files", f"{home}/memory"

    def place(self, component: str) -> str:
        """The folder that a restore of a component makes."""
        return {"files": self.files, "memory": self.memory, "rbac": f"{self.home}/rbac"}[component]

    def make(self):
        for folder in (self.files, self.memory, f"{self.home}/rbac"):
            os.makedirs(folder)
        for number in range(24):
            self.write(f"{self.files}/{'abc'[number % 3]}/{number}.txt", self.chance.randrange(1, 9000))
        self.write(f"{self.files}/model.bin", 1_500_000)
        for name, mode in (("memory/log.db", "WAL"), ("memory/turns.db", "DELETE"), ("rbac/security.db", "WAL")):
            self.open(name, mode)

    def open(self, name: str, mode: str):
        with closing(sqlite3.connect(f"{self.home}/{name}", isolation_level=None)) as database:
            database.execute("PRAGMA auto_vacuum = INCREMENTAL")
            database.execute(f"PRAGMA journal_mode = {mode}")
            database.execute("CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY, text)")

    def write(self, path: str, count: int):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(self.chance.randbytes(count))

    def some(self, kind=os.path.isfile) -> str | None:
        found = []
        for folder, folders, names in os.walk(self.files):
            found += [f"{folder}/{name}" for name in folders + names]
        found = sorted(path for path in found if not os.path.islink(path) and kind(path))
        return self.chance.choice(found) if found else None

    def change(self):
        """Some things happen."""
        for _ in range(self.chance.randrange(1, 6)):
            self.chance.choice(self.CHANGES)(self)

    def new_file(self):
        size = self.chance.choice((0, 1, 511, 4096, 70_000, self.chance.randrange(300_000)))
        self.write(f"{self.files}/{self.chance.choice('abcde')}/{self.chance.randrange(40)}.txt", size)

    def append(self):
        if path := self.some():
            with open(path, "ab") as file:
                file.write(self.chance.randbytes(self.chance.randrange(5000)))

    def overwrite_secretly(self):
        """Same length, same time of last change: only the time of last status change tells."""
        if (path := self.some()) and os.path.getsize(path):
            status = os.stat(path)
            with open(path, "r+b") as file:
                file.seek(self.chance.randrange(status.st_size))
                file.write(self.chance.randbytes(1))
                file.truncate(status.st_size)
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    def remove(self):
        if path := self.some():
            if len(os.listdir(os.path.dirname(path))) > 2:
                os.unlink(path)

    def rename(self):
        if path := self.some():
            os.replace(path, f"{os.path.dirname(path)}/{self.chance.randrange(40)}.txt")

    def move_folder(self):
        path = self.some(os.path.isdir)
        if path and not os.path.exists(f"{self.files}/moved"):
            os.rename(path, f"{self.files}/moved")
        elif os.path.exists(f"{self.files}/moved"):
            shutil.rmtree(f"{self.files}/moved")

    def link(self):
        path = f"{self.files}/link-{self.chance.randrange(4)}"
        if os.path.lexists(path):
            os.unlink(path)
        os.symlink(self.chance.choice(("a/0.txt", "..", "nowhere", "/etc/passwd")), path)

    def hard_link(self):
        path, other = self.some(), f"{self.files}/hard-{self.chance.randrange(4)}"
        if path and path != other:
            if os.path.lexists(other):
                os.unlink(other)
            os.link(path, other)

    def dress(self):
        if path := self.some():
            os.chmod(path, self.chance.choice((0o600, 0o644, 0o755, 0o640, 0o4711)))
            try:
                os.setxattr(path, "user.soak", self.chance.randbytes(self.chance.randrange(60)))
            except OSError:
                pass  # not every file system has attributes

    def set_time(self):
        if path := self.some():
            os.utime(path, ns=(0, self.chance.choice(TIMES)))

    def sparse(self):
        with open(f"{self.files}/sparse.img", "r+b" if os.path.exists(f"{self.files}/sparse.img") else "wb") as file:
            file.truncate(3_000_000)
            file.seek(self.chance.randrange(2_900_000))
            file.write(self.chance.randbytes(50))

    def in_database(self):
        name = self.chance.choice(("memory/log.db", "memory/turns.db", "rbac/security.db"))
        with closing(sqlite3.connect(f"{self.home}/{name}", isolation_level=None)) as database:
            for _ in range(self.chance.randrange(1, 4)):
                self.chance.choice(self.STATEMENTS)(self, database)

    def insert(self, database):
        rows = [(self.chance.randbytes(200),) for _ in range(self.chance.randrange(1, 80))]
        database.execute("BEGIN")
        database.executemany("INSERT INTO entry (text) VALUES (?)", rows)
        database.execute("COMMIT")

    def delete(self, database):
        database.execute("DELETE FROM entry WHERE id % 3 = ?", (self.chance.randrange(3),))

    def vacuum(self, database):
        database.execute(self.chance.choice(("VACUUM", "PRAGMA incremental_vacuum(5)")))

    def switch(self, database):
        database.execute("PRAGMA journal_mode = " + self.chance.choice(("WAL", "DELETE", "TRUNCATE")))

    def change_schema(self, database):
        database.execute("DROP TABLE IF EXISTS extra")
        database.execute(f"CREATE TABLE extra (x DEFAULT {self.chance.randrange(9)})")

    def die_writing(self):
        """A writer that ends without closing: its commits lie in a log that nobody indexed, or
        its transaction in a journal that somebody must roll back."""
        name = self.chance.choice(("memory/log.db", "memory/turns.db"))
        if pid := os.fork():
            os.waitpid(pid, 0)
            if self.chance.random() < 0.5 and os.path.exists(f"{self.home}/{name}-shm"):
                os.unlink(f"{self.home}/{name}-shm")
            return
        database = sqlite3.connect(f"{self.home}/{name}", isolation_level=None)
        database.execute("PRAGMA cache_size = 2")
        self.insert(database)
        database.execute("BEGIN")
        database.execute("UPDATE entry SET text = zeroblob(300)")
        os._exit(0)

    STATEMENTS = (insert, insert, insert, delete, vacuum, switch, change_schema)
    CHANGES = (
        new_file, new_file, append, append, overwrite_secretly, remove, rename, move_folder, link, hard_link,
        dress, set_time, sparse, in_database, in_database, in_database, in_database, die_writing,
    )
