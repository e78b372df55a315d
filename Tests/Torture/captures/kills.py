"""Kills the tool, the server and the connection at each question of a backup."""

import time

from .place import Stack, Wrong, compare, qdrant, wait_until
from .points import FAULTS, HELD_SECONDS, Points

NAME, SHARDS = "notes", 2


class Kills(Points):
    """A collection of two shards, taken as streams and as archives that the server makes."""

    def __init__(self, server, folder, chance):
        self.server, self.folder, self.chance = server, folder, chance
        # So few that one question samples them all.
        server.fill("create", NAME, points=16, dimensions=8, shards=SHARDS)
        self.seed = chance.randrange(1 << 30)
        self.ways = {}
        for method in ("stream", "create"):
            for kind in ("first", "next"):
                stack = Stack(f"{folder}/{method}-{kind}", server.url, f"method: {method}, timeout: 5s")
                if kind == "next":
                    stack.must("backup")
                self.ways[f"{method} {kind}"] = stack
        self.change()
        self.points = self._points()

    def change(self):
        self.seed += 1
        self.server.fill("update", NAME, points=4, seed=self.seed)

    def _points(self):
        """Every way with every question that it asks, and all that may happen there."""
        found = []
        for way in self.ways:
            self.server.control("DELETE", "/requests")
            self._stack(way).must("backup")
            count = len(self.server.control("GET", "/requests"))
            self.change()
            found += [(way, number, victim, fault) for number in range(count) for victim, fault in FAULTS]
        return found

    def _stack(self, way):
        """A first run has nothing before it."""
        if way.endswith("first"):
            self.ways[way] = Stack(self.ways[way].folder, self.server.url, f"method: {way.split()[0]}, timeout: 5s")
        return self.ways[way]

    def try_one(self, way, number, victim, fault):
        stack = self._stack(way)
        self.change()
        before = stack.snapshots()
        self.server.control("POST", "/faults", {"kind": fault, "path": "", "skip": number, "seconds": HELD_SECONDS})
        process = stack.start("backup", retries=3 if victim == "connection" else 0)
        if victim != "connection":
            # A backup that asks less often than the last one ends by itself.
            wait_until(lambda: process.poll() is not None or self.is_held(number), "the question")
            (process if victim == "tool" else self.server).kill()
        said, _ = process.communicate(timeout=60)
        if victim == "server":
            self.server.start()
        else:
            # What was asked for is still done.
            time.sleep(HELD_SECONDS if victim == "tool" else 0)
            self.server.control("DELETE", "/faults")
        published = stack.snapshots() != before
        if published and victim == "tool" and process.returncode == -9:
            pass  # Killed behind the last step: the snapshot counts, and is looked at below.
        elif published != (process.returncode == 0):
            raise Wrong(f"exit code {process.returncode}, published: {published}: {said[-1000:]}")
        if published:
            self._compare(stack)
        stack.must("backup")
        self._compare(stack)
        left = self.server.archives(NAME, SHARDS)
        # A note may stay for an hour: a server that was asked could still be at it.
        if left:
            raise Wrong(f"left on the server: {left}")

    def _compare(self, stack):
        compare(self.server, f"{stack.restored()}/{NAME}", qdrant.dump(self.server.url, NAME))
