"""Which points are tried in which order, by several workers, and over several runs."""

import json
import os
import random
import threading
import time
from collections import Counter

import faults
from flows import FLOWS


class Walk:
    """Points handed to workers; what came of them."""

    def __init__(self, order: list[tuple[str, int, str]], until: float):
        self.order, self.until = order, until
        self.lock = threading.Lock()
        self.next = 0
        self.failures: list[str] = []
        self.tried: Counter = Counter()
        self.missed: Counter = Counter()
        self.hits: Counter = Counter()
        self.exits: Counter = Counter()

    def take(self) -> tuple[str, int, str] | None:
        with self.lock:
            if self.next >= len(self.order) or time.monotonic() > self.until:
                return None
            self.next += 1
            return self.order[self.next - 1]

    def work(self, worker):
        flows = {flow.name: flow for flow in FLOWS}
        while point := self.take():
            name, number, kind = point
            try:
                hit, wrong, code = worker.attempt(flows[name], number, kind)
            except BaseException as error:
                hit, wrong, code = None, [f"the point could not be tried: {error!r}"], 0
            with self.lock:
                self.tried[name] += 1
                self.exits[f"{name} {kind} {code}"] += 1
                if hit:
                    self.hits[f"{name} {hit.name}"] += 1
                else:
                    self.missed[name] += 1
                if wrong:
                    where = f"{hit.name} {hit.target}" if hit else "not reached"
                    text = f"FAILED {name} call {number} ({where}) {kind}: " + "; ".join(wrong)
                    self.failures.append(text)
                    print(text[:3000], flush=True)


def drawn(order: list, calls: dict[str, list[faults.Call]], chance: random.Random) -> list:
    """The order of the slice: first every kill while live data changes its names, then as it comes."""
    first = [
        ("restore-in-place", call.number, "KILL")
        for call in calls.get("restore-in-place", [])
        if call.name in ("renameat2", "linkat")
    ]
    rest = [point for point in order if point not in set(first)]
    return first + chance.sample(rest, len(rest))


class Progress:
    """How far the walk over all points has come, over many runs."""

    def __init__(self, path: str, every: Counter):
        self.path, self.every = path, every
        self.next, self.passes, self.tried = 0, 0, Counter()
        if not os.path.exists(path):
            return
        with open(path) as file:
            kept = json.load(file)
        self.passes = kept["passes"]
        if kept["every"] == dict(every):
            self.next, self.tried = kept["next"], Counter(kept["tried"])
        else:
            print("the calls are not those of the last run: all points anew")

    def advance(self, walk: Walk) -> list[str]:
        """Keeps the place; at the end of a pass each flow must have had all of its points."""
        self.next += walk.next
        self.tried += walk.tried
        wrong = []
        if self.next >= sum(self.every.values()):
            if self.tried != self.every:
                wrong = [f"FAILED the pass: {dict(self.tried)} tried of {dict(self.every)}"]
            print(f"a whole pass: {sum(self.tried.values())} points tried, as many as there are")
            self.next, self.tried, self.passes = 0, Counter(), self.passes + 1
        kept = {"next": self.next, "tried": self.tried, "every": self.every, "passes": self.passes}
        with open(self.path + ".new", "w") as file:
            json.dump(kept, file)
        os.replace(self.path + ".new", self.path)
        return wrong
