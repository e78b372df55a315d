"""Kills the tool, the server and the connection at each question of a restore in place.

Whatever happens, a live collection is what it was or what was captured; what the tool left when it was killed, alone or
with the server, the next restore mends and clears away.
"""

import json
import os
import time

from .place import Stack, Wrong, qdrant, wait_until
from .points import BOTH, FAULTS, HELD_SECONDS, Points

PLAIN, ALIAS, BEHIND = "plain", "current", "docs"
# So few that one question samples them all.
POINTS = 16


class Restores(Points):
    """A collection that is replaced under its name, and one that an alias leads to."""

    def __init__(self, server, folder, chance):
        self.server, self.chance = server, chance
        server.fill("create", PLAIN, points=POINTS, dimensions=8, shards=2)
        server.fill("create", BEHIND, points=POINTS, dimensions=8)
        actions = [{"create_alias": {"alias_name": ALIAS, "collection_name": BEHIND}}]
        server.ask("POST", "/collections/aliases", {"actions": actions})
        self.seed = chance.randrange(1 << 30)
        self.stack = Stack(f"{folder}/stack", server.url, "timeout: 5s")
        self.stack.must("backup")
        snapshot = self.stack.snapshots()[-1].removesuffix(".json")
        self.words = ("restore", "--snapshot", snapshot, "--data-only", "--confirm", "test")
        self.captured = self.live()
        self.change()
        self.points = self._points()

    def live(self):
        """What each name gives now; nothing for one that cannot be read."""
        found = {}
        for name in (PLAIN, ALIAS):
            try:
                found[name] = qdrant.dump(self.server.url, name)
            except qdrant.Failure:
                found[name] = None
        return found

    def target(self):
        aliases = self.server.ask("GET", "/aliases")["aliases"]
        return next(one["collection_name"] for one in aliases if one["alias_name"] == ALIAS)

    def change(self):
        self.seed += 1
        for name in (PLAIN, self.target()):
            self.server.fill("update", name, points=4, seed=self.seed)

    def _points(self):
        self.server.control("DELETE", "/requests")
        before = self.target()
        self.stack.must(*self.words)
        count = len(self.server.control("GET", "/requests"))
        self._settle({before, self.target()})
        return [(number, victim, fault) for number in range(count) for victim, fault in FAULTS + BOTH]

    def try_one(self, number, victim, fault):
        self.change()
        before, targets = self.live(), {self.target()}
        self.server.control("POST", "/faults", {"kind": fault, "path": "", "skip": number, "seconds": HELD_SECONDS})
        process = self.stack.start(*self.words, retries=3 if victim == "connection" else 0)
        if victim != "connection":
            # A restore that asks less often than the last one ends by itself.
            wait_until(lambda: process.poll() is not None or self.is_held(number), "the question")
            if victim in ("tool", "both"):
                process.kill()
            if victim in ("server", "both"):
                self.server.kill()
        if victim in ("server", "both"):
            self.server.start()
        said, _ = process.communicate(timeout=240)
        if victim == "tool":
            # What was asked for is still done.
            time.sleep(HELD_SECONDS)
        if victim in ("tool", "connection"):
            self.server.control("DELETE", "/faults")
        self._judge(process.returncode, said, before)
        targets.add(self.target())
        self.stack.must(*self.words)
        if self.live() != self.captured:
            raise Wrong("the next restore does not bring back what was captured")
        self._settle(targets | {self.target()})

    def _judge(self, status, said, before):
        after = self.live()
        if status == -9:
            if after[ALIAS] not in (before[ALIAS], self.captured[ALIAS]):
                raise Wrong(f"killed, and {ALIAS} is neither what it was nor what was captured")
            if after[PLAIN] is not None and not self._is_between(after[PLAIN], before[PLAIN]):
                raise Wrong(f"killed, and {PLAIN} has what it neither had nor was captured")
        elif status == 0:
            if after != self.captured:
                raise Wrong(f"restored, and not what was captured: {said[-1000:]}")
        elif after != before:
            changes = [f"{name}: {self._change(after[name], before[name])}" for name in after]
            raise Wrong(f"exit code {status}, and what is live has changed: {changes}: {said[-2000:]}")

    def _is_between(self, now, before):
        """Shard by shard it is replaced: a tool that is killed in the middle leaves some of each until it is run again."""
        captured = self.captured[PLAIN]
        sides = [{json.dumps(one["id"]): one for one in state["points"]} for state in (before, captured)]
        found = {json.dumps(one["id"]): one for one in now["points"]}
        rest = ("schema", "params", "aliases")
        return set(found) == set(sides[0]) == set(sides[1]) \
            and all(one in (sides[0][number], sides[1][number]) for number, one in found.items()) \
            and all(now[key] in (before[key], captured[key]) for key in rest)

    @staticmethod
    def _change(now, before):
        if now is None:
            return "unreadable"
        return list(qdrant.differences(now, before, now["aliases"]))

    def _settle(self, targets):
        """Nothing may be left but what aliases led to; that is deleted here."""
        names = {one["name"] for one in self.server.ask("GET", "/collections")["collections"]}
        notes = [name for name in os.listdir(f"{self.stack.folder}/state") if name.startswith("server-restore-")]
        left = names - targets - {PLAIN}
        if left or notes:
            raise Wrong(f"left on the server: {sorted(left)}; noted: {notes}")
        for name in names - {PLAIN, self.target()}:
            self.server.ask("DELETE", f"/collections/{name}")
