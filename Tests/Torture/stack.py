"""A small stack in a folder of its own, two states of its data, and the program run on it."""

import os
import re
import shutil
import sqlite3
import subprocess
import time
from dataclasses import dataclass

import tree

SNAPSHOT = re.compile(r"backup test ([0-9]{8}T[0-9]{6}Z-[0-9a-f]{4})|([0-9]{8}T[0-9]{6}Z-[0-9a-f]{4})")
COMPONENTS = ("memory", "notes", "rbac")
LIMIT_SECONDS = 60


@dataclass
class Run:
    """How one run of the program ended."""

    code: int
    out: str
    errors: str
    seconds: float

    @property
    def result(self) -> int:
        """The exit code as it was before the result could not be said."""
        return 0 if "State now: the command did its work" in self.errors else self.code

    @property
    def hung(self) -> bool:
        return self.seconds >= LIMIT_SECONDS


class Stack:
    """`root` is emptied whenever a template is loaded; paths in it stay the same."""

    def __init__(self, root: str, recover: str):
        self.root, self.recover = root, recover
        self.home = os.path.join(root, "stack")
        self.expected: dict[str, dict[str, dict]] = {}
        self.process: subprocess.Popen | None = None
        os.makedirs(root, exist_ok=True)

    def at(self, *parts: str) -> str:
        return os.path.join(self.home, *parts)

    def run(self, *arguments: str, environment: dict[str, str] | None = None, before=(), **options) -> Run:
        """Runs the program, `before` being what starts it, such as strace; -9 when it was killed."""
        started = time.monotonic()
        # Not the caller's: the machine's own settings must change nothing here.
        clean = {"PATH": "/usr/bin:/bin", "HOME": self.root, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        # For the stack without a configuration: nothing of the machine's own is touched.
        clean |= {"RECOVER_STATE": self.at("state"), "RECOVER_REPOSITORY": self.at("repository")}
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = process = subprocess.Popen(
            [*before, self.recover, *arguments],
            cwd=self.home,
            env=clean | (environment or {}),
            text=True,
            errors="replace",
            **(streams | options),
        )
        try:
            out, errors = process.communicate(timeout=LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            out, errors = process.communicate()
        return Run(process.returncode, out or "", errors or "", time.monotonic() - started)

    def backup(self) -> str:
        """A backup that must succeed; its snapshot."""
        run = self.run("--no-progress", "backup")
        assert run.code == 0, run
        return self.named(run)

    @staticmethod
    def named(run: Run) -> str:
        """The snapshot that a backup or import says it made; empty where it says none."""
        found = SNAPSHOT.findall(run.out)
        return (found[-1][0] or found[-1][1]) if found else ""

    def snapshots(self) -> set[str]:
        folder = self.at("repository", "snapshots")
        names = os.listdir(folder) if os.path.isdir(folder) else []
        return {name.removesuffix(".json") for name in names}

    # --- Its data -----------------------------------------------------------------------------

    def make(self):
        """The first state: files, a link, a hole, databases with a log and one without."""
        for folder in ("data/notes/sub", "data/notes/cache", "data/memory"):
            os.makedirs(self.at(folder))
        self._write("data/notes/a.txt", b"first")
        self._write("data/notes/gone.txt", b"only in the first state")
        self._write("data/notes/cache/kept.bin", b"never captured, never to be lost")
        self._write("data/notes/sub/random.bin", os.urandom(150_000))
        os.symlink("a.txt", self.at("data/notes/link"))
        with open(self.at("data/notes/sparse.img"), "wb") as file:
            file.write(b"data")
            file.truncate(1 << 20)
        self._database("data/memory/memory.db", "WAL", range(60))
        self._database("data/memory/index.db", "DELETE", range(3))
        self._database("data/rbac.db", "WAL", range(40))
        with open(self.at("recover.yaml"), "w") as file:
            file.write(
                f"version: 1\nstack: test\nrepository: {self.at('repository')}\nstate: {self.at('state')}\n"
                f"components:\n  notes: {{path: {self.at('data/notes')}, exclude: [cache]}}\n"
                f"  memory: {self.at('data/memory')}\n  rbac: {self.at('data/rbac.db')}\n"
            )
        os.chmod(self.at("recover.yaml"), 0o644)

    def change(self):
        """The second state."""
        self._write("data/notes/a.txt", b"second, and longer")
        self._write("data/notes/new.txt", os.urandom(5000))
        os.unlink(self.at("data/notes/gone.txt"))
        self._database("data/memory/memory.db", "WAL", range(1000, 1030))
        self._database("data/rbac.db", "WAL", range(1000, 1010))

    def age(self, number: int):
        """One day of many."""
        self._write("data/notes/a.txt", b"day %d" % number)
        self._write("data/notes/sub/random.bin", os.urandom(150_000))
        self._database("data/rbac.db", "WAL", range(2000 + 10 * number, 2010 + 10 * number))

    def _write(self, path: str, content: bytes):
        with open(self.at(path), "wb") as file:
            file.write(content)

    def _database(self, path: str, journal: str, rows: range):
        """Rows more; the log of a WAL database is left as a writer that died leaves it."""
        path = self.at(path)
        connection = sqlite3.connect(path)
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY, text TEXT)")
        connection.executemany("INSERT OR REPLACE INTO entry VALUES (?, hex(randomblob(40)))", [(row,) for row in rows])
        connection.commit()
        for end in ("", "-wal"):
            if os.path.exists(path + end):
                shutil.copyfile(path + end, path + end + ".left")
        connection.close()
        for end in ("", "-wal"):
            if os.path.exists(path + end + ".left"):
                os.replace(path + end + ".left", path + end)

    def live(self) -> dict[str, dict]:
        """The data of each component as it is now."""
        return {
            "memory": self.described(self.at("data/memory")),
            "notes": self.described(self.at("data/notes")),
            "rbac": tree.describe(self.at("data/rbac.db")),
        }

    @staticmethod
    def described(folder: str) -> dict:
        """What a component holds that is a folder, without what is never captured."""
        return tree.describe(folder, leave_out=("cache",), folder_times=False)

    def has_kept(self) -> bool:
        """Whether what no snapshot holds is where it was."""
        try:
            with open(self.at("data/notes/cache/kept.bin"), "rb") as file:
                return file.read() == b"never captured, never to be lost"
        except FileNotFoundError:
            return False

    def remember(self, name: str):
        self.expected[name] = self.live()

    def restored(self, snapshot: str, name: str, components=COMPONENTS) -> list[str]:
        """What is wrong with a snapshot that must be the state `name`, by restoring it."""
        target = os.path.join(self.root, "restored")
        shutil.rmtree(target, ignore_errors=True)
        run = self.run("restore", "--snapshot", snapshot, "--to", target)
        if run.code != 0:
            return [f"snapshot {snapshot} cannot be restored: {run.code} {run.errors[-600:]}"]
        wrong = []
        for component in components:
            place = os.path.join(target, component)
            found = tree.describe(place, folder_times=False)
            if component == "rbac":
                found.pop("", None)
            wrong += [
                f"snapshot {snapshot} restores {component} wrong: {line}"
                for line in tree.differences(self.expected[name][component], found)
            ]
        return wrong

    # --- Templates ----------------------------------------------------------------------------

    def save(self, name: str):
        shutil.rmtree(os.path.join(self.root, name), ignore_errors=True)
        subprocess.run(["cp", "-a", "--reflink=auto", self.home, os.path.join(self.root, name)], check=True)

    def load(self, name: str):
        for entry in os.listdir(self.root):
            if not entry.startswith("template-"):
                path = os.path.join(self.root, entry)
                shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)
        subprocess.run(["cp", "-a", "--reflink=auto", os.path.join(self.root, name), self.home], check=True)
