"""An application with several databases, and what must hold of any copy of them.

Transaction n is committed in the first database, then in the second, and so on. Each one moves
money between accounts, rewrites and removes bulk rows, and notes in the same transaction how many
rows there are and what all their digests add up to: a copy that mixes two commits cannot agree
with its own note. Waits for locks go to a file, one line each.
"""

import os
import random
import sqlite3
import time
import zlib

ACCOUNTS, MONEY = 50, 5000


class Bank:
    """The application's side."""

    def __init__(self, folder: str, modes: list[str], chance: random.Random, bulk: int, acts: list[str]):
        self.folder, self.modes, self.chance, self.bulk, self.acts = folder, modes, chance, bulk, acts
        self.connections: list[sqlite3.Connection] = []
        self.waits = open(f"{folder}.waits", "a", buffering=1)
        self.progress = os.open(f"{folder}.progress", os.O_RDWR | os.O_CREAT, 0o600)

    def path(self, index: int) -> str:
        return f"{self.folder}/{index:02d}.db"

    def connect(self, index: int) -> sqlite3.Connection:
        database = sqlite3.connect(self.path(index), isolation_level=None, timeout=30)
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA cache_size = 20")
        return database

    def open(self):
        for index, mode in enumerate(self.modes):
            self.finish(self.path(index))
            is_new = not os.path.exists(self.path(index))
            database = self.connect(index)
            if is_new:
                database.execute("PRAGMA auto_vacuum = INCREMENTAL")
                database.execute(f"PRAGMA journal_mode = {mode}")
                database.execute("CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY, n, rows, crc)")
                database.execute("CREATE TABLE IF NOT EXISTS account (id INTEGER PRIMARY KEY, money)")
                database.execute("CREATE TABLE IF NOT EXISTS bulk (id INTEGER PRIMARY KEY, data BLOB)")
                database.execute("BEGIN")
                for number in range(ACCOUNTS):
                    database.execute("INSERT OR IGNORE INTO account VALUES (?, ?)", (number, MONEY // ACCOUNTS))
                database.execute("INSERT OR IGNORE INTO note VALUES (0, 0, 0, 0)")
                database.execute("COMMIT")
            self.connections.append(database)

    def finish(self, path: str):
        """What a writer was about that died while it made its file anew."""
        if not os.path.exists(path + ".new"):
            return
        if os.path.exists(path):
            os.unlink(path + ".new")
        else:
            os.rename(path + ".new", path)

    def number(self, database: sqlite3.Connection) -> int:
        return database.execute("SELECT n FROM note").fetchone()[0]

    def run(self):
        """Works until it is killed."""
        self.open()
        number = min(self.number(database) for database in self.connections)
        # One that was killed between two databases goes on where it was.
        while True:
            number += 1
            for index in range(len(self.modes)):
                if self.number(self.connections[index]) < number:
                    self.transaction(index, number)
            os.pwrite(self.progress, number.to_bytes(8, "little"), 0)
            if self.acts and self.chance.random() < 0.1:
                self.act()

    def transaction(self, index: int, number: int):
        database = self.connections[index]
        self.waiting(database, "begin", "BEGIN IMMEDIATE")
        one, other, sum_ = *self.chance.sample(range(ACCOUNTS), 2), self.chance.randrange(100)
        database.execute("UPDATE account SET money = money - ? WHERE id = ?", (sum_, one))
        database.execute("UPDATE account SET money = money + ? WHERE id = ?", (sum_, other))
        rows, crc = database.execute("SELECT rows, crc FROM note").fetchone()
        for _ in range(self.chance.randrange(1, self.bulk)):
            key = self.chance.randrange(400)
            data = self.chance.randbytes(self.chance.randrange(1, 3000))
            old = database.execute("SELECT data FROM bulk WHERE id = ?", (key,)).fetchone()
            if old:
                rows, crc = rows - 1, crc - zlib.crc32(old[0])
                database.execute("DELETE FROM bulk WHERE id = ?", (key,))
            if self.chance.random() < 0.8:
                rows, crc = rows + 1, crc + zlib.crc32(data)
                database.execute("INSERT INTO bulk VALUES (?, ?)", (key, data))
        database.execute("UPDATE note SET n = ?, rows = ?, crc = ?", (number, rows, crc))
        self.waiting(database, "commit", "COMMIT")

    def waiting(self, database, what: str, statement: str):
        """Runs a statement that may find a lock held; notes how long it had to wait."""
        start = time.monotonic()
        database.execute("PRAGMA busy_timeout = 0")
        try:
            return database.execute(statement)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
        database.execute("PRAGMA busy_timeout = 30000")
        database.execute(statement)
        self.waits.write(f"{what} {time.monotonic() - start:.6f}\n")

    # --- What else applications do ----------------------------------------------------------

    def act(self):
        index, name = self.chance.randrange(len(self.modes)), self.chance.choice(self.acts)
        self.connections[index].execute("PRAGMA busy_timeout = 50")
        try:
            getattr(self, name)(index, self.connections[index])
        except sqlite3.OperationalError as error:
            # A backup reads it: the application tries again another time.
            if "locked" not in str(error):
                raise

    def vacuum(self, index, database):
        database.execute(self.chance.choice(("VACUUM", "PRAGMA incremental_vacuum(20)")))

    def page_size(self, index, database):
        # Only outside WAL mode can the size of pages change.
        database.execute("PRAGMA journal_mode = DELETE")
        database.execute(f"PRAGMA page_size = {self.chance.choice((512, 1024, 4096, 8192, 65536))}")
        database.execute("VACUUM")
        database.execute(f"PRAGMA journal_mode = {self.modes[index]}")

    def schema(self, index, database):
        for statement in self.chance.choice((
            ("CREATE INDEX IF NOT EXISTS by_money ON account (money)",),
            ("DROP INDEX IF EXISTS by_money",),
            ("DROP TABLE IF EXISTS extra", f"CREATE TABLE extra (x DEFAULT {self.chance.randrange(99)})"),
        )):
            database.execute(statement)

    def switch(self, index, database):
        database.execute("PRAGMA journal_mode = " + self.chance.choice(("WAL", "DELETE", "TRUNCATE", "PERSIST")))

    def checkpoint(self, index, database):
        for _ in range(5):
            database.execute("PRAGMA wal_checkpoint(%s)" % self.chance.choice(("PASSIVE", "FULL", "RESTART", "TRUNCATE")))

    def renew(self, index, database):
        """The file is made anew beside the old one and renamed over it, as some applications do."""
        path = self.path(index)
        mode = database.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
        if mode != "delete":
            return
        database.execute("VACUUM INTO ?", (path + ".new",))
        database.close()
        os.replace(path + ".new", path)
        self.connections[index] = self.connect(index)
        self.connections[index].execute(f"PRAGMA journal_mode = {self.modes[index]}")

    def recreate(self, index, database):
        """The file is removed and written again under the same name."""
        path = self.path(index)
        if database.execute("PRAGMA journal_mode = DELETE").fetchone()[0] != "delete":
            return
        database.execute("VACUUM INTO ?", (path + ".new",))
        database.close()
        os.unlink(path)
        time.sleep(self.chance.random() * 0.005)
        os.rename(path + ".new", path)
        self.connections[index] = self.connect(index)
        self.connections[index].execute(f"PRAGMA journal_mode = {self.modes[index]}")


def check(path: str) -> int:
    """Proves that a restored database is one committed state.

    Returns the number of its last transaction.
    """
    for suffix in ("-wal", "-shm", "-journal"):
        if os.path.exists(path + suffix):
            raise AssertionError(f"{path}{suffix} was restored too")
    database = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    try:
        if (sound := database.execute("PRAGMA integrity_check").fetchall()) != [("ok",)]:
            raise AssertionError(f"{path} is damaged: {sound[:3]}")
        money = database.execute("SELECT count(*), sum(money) FROM account").fetchone()
        number, rows, crc = database.execute("SELECT n, rows, crc FROM note").fetchone()
        found = [zlib.crc32(data) for (data,) in database.execute("SELECT data FROM bulk")]
        if money != (ACCOUNTS, MONEY) or (len(found), sum(found)) != (rows, crc):
            raise AssertionError(f"{path} mixes commits: {money}, {len(found)} rows and {rows} noted")
        return number
    finally:
        database.close()
