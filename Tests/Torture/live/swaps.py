"""Files and folders that grow, shrink, move, and change places with links while they are read.

A file says in its first line how long it is and what its digest is. What comes back is one of the
versions that somebody wrote, or the report names it; what never changed is all there; and nothing
of the folder outside ever comes back, wherever a link pointed in the meantime.
"""

import hashlib
import multiprocessing
import os
import random
import shutil
import sqlite3
import time
from contextlib import closing, suppress

from soak import oracle
from soak.program import Started

BLOCKS = 6
CANARY = b"THIS LIES OUTSIDE"
DELAYS = (
    "statx:delay_exit=1500:when=3+4",
    "openat:delay_enter=1500:when=20+3",
    "openat:delay_exit=1500:when=20+3",
    "openat2:delay_enter=2500:when=1+2",
    "newfstatat:delay_enter=2000:when=1+2",
    "readlink,readlinkat:delay_enter=2000",
    "pread64:delay_enter=800:when=1+3",
    "getdents64:delay_exit=2500",
)
fork = multiprocessing.get_context("fork")


def version(chance: random.Random) -> bytes:
    body = chance.randbytes(chance.choice((0, 10, 3000, 70_000, 600_000)))
    return b"%d %s\n" % (len(body), hashlib.sha256(body).hexdigest().encode()) + body


def is_version(data: bytes) -> bool:
    head, _, body = data.partition(b"\n")
    return head == b"%d %s" % (len(body), hashlib.sha256(body).hexdigest().encode())


def block(chance: random.Random, generation: int) -> bytes:
    body = b"%012d" % generation + chance.randbytes(100_000)
    return hashlib.sha256(body).digest() + body


def is_rewritten(data: bytes) -> bool:
    """Whether some blocks are of one generation and all that follow of the one before."""
    blocks = [data[start : start + 100_044] for start in range(0, len(data), 100_044)]
    if any(hashlib.sha256(one[32:]).digest() != one[:32] for one in blocks):
        return False
    found = [int(one[32:44]) for one in blocks]
    return len(found) == BLOCKS and found == sorted(found, reverse=True) and found[0] - found[-1] <= 1


def is_any(relative: str, data: bytes) -> bool:
    """Whether a file is as somebody left it, if only for a moment."""
    if relative.startswith(("grown", "shrunk")):
        return not data or is_log(data)
    return is_rewritten(data) if relative.startswith("rewritten") else is_version(data)


def is_log(data: bytes) -> bool:
    """Whether every line of a log is whole."""
    return all(
        hashlib.sha256(line[65:]).hexdigest().encode() == line[:64] for line in data.split(b"\n")[:-1]
    ) and data.endswith(b"\n")


class Mutator:
    """Changes the tree as fast as it can."""

    def __init__(self, home: str, chance: random.Random):
        self.data, self.outside, self.chance = f"{home}/data", f"{home}/outside", chance
        self.generations = [0] * 4

    def make(self):
        for name in ("steady", "renamed", "grown", "shrunk", "rewritten", "swapped", "folder/inner"):
            os.makedirs(f"{self.data}/{name}")
        os.makedirs(f"{self.outside}/inner")
        for number in range(30):
            self.write(f"steady/{number}", version(self.chance))
        for number in range(4):
            self.write(f"renamed/{number}", version(self.chance))
            self.write(f"rewritten/{number}", b"".join(block(self.chance, 0) for _ in range(BLOCKS)))
            for kind in ("grown", "shrunk"):
                self.write(f"{kind}/{number}", self.line())
            for name in (f"{number}", f"inner/{number}"):
                self.write(f"folder/{name}", version(self.chance))
                with open(f"{self.outside}/{name}", "wb") as file:
                    file.write(CANARY)
        for folder, text in ((f"{self.data}/folder", "inside"), (self.outside, CANARY.decode())):
            for name in ("x.db", "inner/y.db"):
                with closing(sqlite3.connect(f"{folder}/{name}", isolation_level=None)) as database:
                    database.execute(f"PRAGMA journal_mode = {self.chance.choice(('WAL', 'DELETE'))}")
                    database.execute("CREATE TABLE t (x)")
                    database.execute("INSERT INTO t VALUES (?)", (text,))

    def write(self, name: str, data: bytes):
        with open(f"{self.data}/{name}", "wb") as file:
            file.write(data)

    def line(self) -> bytes:
        text = self.chance.randbytes(self.chance.randrange(900)).hex().encode()
        return hashlib.sha256(text).hexdigest().encode() + b" " + text + b"\n"

    def run(self):
        while True:
            number = self.chance.randrange(4)
            with suppress(OSError):
                self.chance.choice(self.ACTS)(self, number)
            time.sleep(self.chance.random() * 0.002)

    def rename_over(self, number):
        self.write(f"renamed/{number}.new", version(self.chance))
        os.replace(f"{self.data}/renamed/{number}.new", f"{self.data}/renamed/{number}")

    def grow(self, number):
        with open(f"{self.data}/grown/{number}", "ab", buffering=0) as file:
            for _ in range(self.chance.randrange(1, 40)):
                file.write(self.line())

    def shrink(self, number):
        """Cut at the end of a line, then written anew."""
        path = f"{self.data}/shrunk/{number}"
        with open(path, "rb") as file:
            ends = [0] + [len(line) for line in file]
        os.truncate(path, sum(ends[: self.chance.randrange(len(ends)) + 1]))
        time.sleep(self.chance.random() * 0.002)
        self.write(f"shrunk/{number}", b"".join(self.line() for _ in range(self.chance.choice((1, 20, 400)))))

    def rewrite(self, number):
        """In place and with the same length, block by block, so that only times tell."""
        path = f"{self.data}/rewritten/{number}"
        self.generations[number] += 1
        with open(path, "r+b", buffering=0) as file:
            for _ in range(BLOCKS):
                file.write(block(self.chance, self.generations[number]))

    def swap_file(self, number):
        """A name stands for a file, a link, a folder, a pipe, and for nothing, in turn."""
        path = f"{self.data}/swapped/{number}"
        spare = path + ".new"
        kind = self.chance.randrange(5)
        if kind == 0:
            self.write(f"swapped/{number}.new", version(self.chance))
        elif kind == 1:
            os.symlink(f"{self.outside}/{number}", spare)
        elif kind == 2:
            os.mkdir(spare)
            self.write(f"swapped/{number}.new/inner", version(self.chance))
        elif kind == 3:
            os.mkfifo(spare)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        elif os.path.lexists(path):
            os.unlink(path)
        if kind < 4:
            os.rename(spare, path)

    def swap_folder(self, number):
        """The folder gives its place to a link that leads outside, and takes it back."""
        name = f"{self.data}/{self.chance.choice(('folder', 'folder/inner'))}"
        aside = f"{self.outside}.aside"
        os.rename(name, aside)
        os.symlink(self.outside if name.endswith("folder") else f"{self.outside}/inner", name)
        time.sleep(self.chance.random() * 0.004)
        os.unlink(name)
        os.rename(aside, name)
        time.sleep(self.chance.random() * 0.004)

    ACTS = (rename_over, rename_over, grow, shrink, rewrite, swap_file, swap_file, swap_folder, swap_folder, swap_folder)


class Swaps:
    """Backups beside a mutator."""

    name = "swaps"

    def __init__(self, home: str, chance: random.Random):
        self.home, self.chance = home, chance
        self.mutator = Mutator(home, random.Random(chance.random()))
        self.found: dict[str, int] = {}

    def note(self, what: str):
        self.found[what] = self.found.get(what, 0) + 1

    def run(self, seconds: float):
        os.makedirs(f"{self.home}/data")
        self.mutator.make()
        self.steady = oracle.describe(f"{self.home}/data/steady")
        with open(f"{self.home}/recover.yaml", "w") as file:
            file.write(f"version: 1\nstack: live\nrepository: {self.home}/repository\nstate: {self.home}/state\n"
                       f"components:\n  data: {self.home}/data\n")
        os.chmod(f"{self.home}/recover.yaml", 0o600)
        if (made := Started(["-q", "init"], self.home).wait()).status != 0:
            raise AssertionError(str(made))
        end = time.monotonic() + seconds
        process = fork.Process(target=self.mutator.run)
        process.start()
        try:
            while time.monotonic() < end:
                if not process.is_alive():
                    raise AssertionError("the mutator ended")
                self.snapshot()
        finally:
            process.kill()
            process.join()

    def snapshot(self):
        before, is_strict = [], self.chance.random() < 0.3
        if self.chance.random() < 0.6 and shutil.which("strace"):
            delay = self.chance.choice(DELAYS)
            before = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + delay.split(":")[0], "-e", f"inject={delay}"]
            self.note("held up by strace")
        arguments = ["backup", "--json"] + ["--strict"] * is_strict + ["--reread"] * (self.chance.random() < 0.5)
        run = Started(arguments, self.home, before=before).wait()
        if run.status not in (0, 3):
            raise AssertionError(str(run))
        data = run.document["data"]
        part = data["components"][0]
        named = {problem["path"]: problem["code"] for problem in part["problems"]}
        for code in named.values():
            self.note("named " + code)
        if (not data["complete"] or is_strict and named) and run.status != 3:
            raise AssertionError(f"it ended with {run.status} and named {named}")
        target = f"{self.home}/out"
        restored = Started(["restore", "--snapshot", data["snapshot"], "--to", target], self.home).wait()
        if restored.status != 0:
            raise AssertionError(str(restored))
        self.examine(f"{target}/data", named)
        shutil.rmtree(target)
        self.note("snapshots")

    def examine(self, root: str, named: dict[str, str]):
        if found := oracle.differences(self.steady, oracle.describe(f"{root}/steady")):
            raise AssertionError("what nobody touched:\n" + "\n".join(found[:10]))
        for folder, _, names in os.walk(root):
            for name in names:
                path = f"{folder}/{name}"
                relative = os.path.relpath(path, root)
                if os.path.islink(path):
                    continue
                with open(path, "rb") as file:
                    data = file.read()
                if CANARY in data:
                    raise AssertionError(f"{relative} was captured from outside")
                if name.endswith(".db"):
                    if oracle.database(path).startswith("damaged"):
                        raise AssertionError(f"{relative} is damaged")
                    self.note("databases proven")
                elif is_any(relative, data) or relative.endswith(".new"):
                    self.note("true versions")
                elif relative in named:
                    self.note("mixed and named")
                else:
                    raise AssertionError(f"{relative} is no version, and nobody says so: {len(data)} bytes")
        for kind in ("grown", "rewritten", "shrunk", "renamed"):
            for number in range(4):
                if not os.path.exists(f"{root}/{kind}/{number}") and f"{kind}/{number}" not in named:
                    raise AssertionError(f"{kind}/{number} is missing, and nobody says so")

    def figures(self) -> dict:
        return self.found
