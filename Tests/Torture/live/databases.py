"""Databases under writers that do everything applications do, backed up all the while."""

import json
import multiprocessing
import os
import random
import shutil
import signal
import statistics
import time

from soak.program import Started

from .bank import Bank, check

ACTS = ["vacuum", "page_size", "schema", "switch", "checkpoint", "renew", "recreate"]
# What may happen to the program while it works; a share of the runs has none of it.
DELAYS = (
    "statx:delay_enter=2000:when=1+3",
    "newfstatat,stat:delay_exit=3000:when=1+5",
    "fcntl:delay_enter=1500:when=1+4",
    "fcntl:delay_exit=1500:when=2+7",
    "pread64:delay_enter=1000:when=1+11",
    "openat:delay_exit=2000:when=1+7",
)
fork = multiprocessing.get_context("fork")


def write(*settings):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Bank(*settings).run()


class Databases:
    """One stack of databases with its writer."""

    name = "databases"

    def __init__(self, home: str, chance: random.Random):
        self.home, self.chance = home, chance
        self.folder = f"{home}/memory"
        self.count = chance.choice((2, 4, 7))
        self.modes = [chance.choice(("WAL", "WAL", "DELETE", "TRUNCATE")) for _ in range(self.count)]
        self.acts = chance.choice((["vacuum"], ["checkpoint"], ["switch"], ["page_size", "schema"], ACTS[:5], ACTS))
        self.bulk = chance.choice((3, 10, 60))
        self.writer = None
        self.found: dict[str, float] = {}
        self.waits: list[float] = []

    def note(self, what: str, number: float = 1):
        self.found[what] = self.found.get(what, 0) + number

    def start_writer(self):
        chance = random.Random(self.chance.random())
        self.writer = fork.Process(target=write, args=(self.folder, self.modes, chance, self.bulk, self.acts))
        self.writer.start()
        before = self.progress()
        deadline = time.monotonic() + 60
        while self.progress() == before:
            if not self.writer.is_alive() or time.monotonic() > deadline:
                raise AssertionError("the writer does not write")
            time.sleep(0.005)

    def progress(self) -> int:
        try:
            with open(f"{self.folder}.progress", "rb") as file:
                return int.from_bytes(file.read(8), "little")
        except FileNotFoundError:
            return 0

    def kill_writer(self):
        if self.writer:
            self.writer.kill()
            self.writer.join()
            self.writer = None

    def run(self, seconds: float):
        os.makedirs(self.folder)
        with open(f"{self.home}/recover.yaml", "w") as file:
            file.write(f"version: 1\nstack: live\nrepository: {self.home}/repository\nstate: {self.home}/state\n"
                       f"components:\n  memory: {self.folder}\n")
        os.chmod(f"{self.home}/recover.yaml", 0o600)
        end = time.monotonic() + seconds
        try:
            self.start_writer()
            if (made := Started(["-q", "init"], self.home).wait()).status != 0:
                raise AssertionError(str(made))
            while time.monotonic() < end:
                self.snapshot()
        finally:
            self.kill_writer()
        with open(f"{self.folder}.waits") as file:
            self.waits += [float(line.split()[1]) for line in file]

    def snapshot(self):
        roll = self.chance.random()
        is_dead = roll < 0.15
        if is_dead:
            time.sleep(self.chance.random() * 0.05)
            self.kill_writer()
            if self.chance.random() < 0.5:
                for index in range(self.count):
                    if os.path.exists(f"{self.folder}/{index:02d}.db-shm"):
                        os.unlink(f"{self.folder}/{index:02d}.db-shm")
        before, waits = self.progress(), os.path.getsize(f"{self.folder}.waits")
        run, is_delayed = self.back_up(roll)
        after = self.progress()
        if is_delayed:
            # What a program waits that is held up on purpose says nothing about it at work.
            self.drop_waits(waits)
        if is_dead:
            self.start_writer()
        self.examine(run.document["data"], before, after)

    def drop_waits(self, position: int):
        with open(f"{self.folder}.waits") as file:
            file.seek(position)
            self.note("waits while held up", len(file.readlines()))
        os.truncate(f"{self.folder}.waits", position)

    def back_up(self, roll: float):
        arguments, before, is_delayed = ["backup", "--json"], [], False
        if 0.15 <= roll < 0.40 and shutil.which("strace"):
            is_delayed = True
            delay = self.chance.choice(DELAYS)
            before = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + delay.split(":")[0], "-e", f"inject={delay}"]
            self.note("held up by strace")
        started = Started(arguments, self.home, before=before)
        if 0.40 <= roll < 0.55:
            is_delayed = True
            for _ in range(self.chance.randrange(1, 4)):
                if started.is_over(self.chance.random() * 0.03):
                    break
                started.signal(signal.SIGSTOP)
                time.sleep(self.chance.random() * 0.1)
                started.signal(signal.SIGCONT)
            self.note("held up by SIGSTOP")
        run = started.wait()
        if run.status not in (0, 3):
            raise AssertionError(str(run))
        return run, is_delayed

    def examine(self, data: dict, before: int, after: int):
        part = data["components"][0]
        target = f"{self.home}/out"
        run = Started(["restore", "--snapshot", data["snapshot"], "--to", target], self.home).wait()
        if run.status != 0:
            raise AssertionError(str(run))
        problems = {problem["path"]: problem["code"] for problem in part["problems"]}
        for code in problems.values():
            self.note("named " + code)
        numbers = {}
        for index in range(self.count):
            name = f"{index:02d}.db"
            if os.path.exists(f"{target}/memory/{name}"):
                numbers[name] = check(f"{target}/memory/{name}")
                self.note("databases proven")
            elif name not in problems and "recreate" not in self.acts:
                raise AssertionError(f"{name} is missing and nobody says so: {part}")
        if set(problems.values()) - {"per-database", "hot-journal"}:
            # Something is not in it, and its exit code has to say so where it is a database.
            self.note("incomplete" if not data["complete"] else "complete with remarks")
        elif part["consistency"] == "barrier" and len(numbers) == self.count:
            order = [numbers[name] for name in sorted(numbers)]
            # A writer that was killed between two databases may have been a step further.
            if sorted(order, reverse=True) != order or order[0] - order[-1] > 1:
                raise AssertionError(f"not one instant: {order}")
            if not before <= order[-1] <= order[0] <= after + 1:
                raise AssertionError(f"{order} is not between {before} and {after}")
            self.note("of one instant")
        else:
            self.note("of several instants")
        self.note("snapshots")
        shutil.rmtree(target)

    def figures(self) -> dict:
        waits = sorted(self.waits)
        found = {"modes": " ".join(self.modes), "acts": " ".join(self.acts), "bulk": self.bulk,
                 "transactions": self.progress(), **self.found, "waits": len(waits)}
        if waits:
            found["wait_median_ms"] = round(statistics.median(waits) * 1000, 2)
            found["wait_p99_ms"] = round(waits[int(len(waits) * 0.99)] * 1000, 2)
            found["wait_max_ms"] = round(waits[-1] * 1000, 2)
        return found
