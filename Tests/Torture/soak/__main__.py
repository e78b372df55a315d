"""Cycles of change, backup and restore with random kills, for as long as wanted.

Environment: RECOVER, TORTURE_SECONDS, TORTURE_SEED, TORTURE_STATE, TORTURE_FIGURES, and
SOAK_CYCLES, after which to stop whatever the time. A state folder is gone on with.
"""

import json
import os
import random
import shutil
import statistics
import sys
import time
import traceback

from . import leavings
from .cycle import Soak

seconds, seed = float(os.environ["TORTURE_SECONDS"]), int(os.environ["TORTURE_SEED"])
last_cycle = int(os.environ.get("SOAK_CYCLES", "0")) or 1 << 40
home = os.path.realpath(os.environ["TORTURE_STATE"]) + "/soak"
memory_path = home + "/memory.json"


def load(soak: Soak) -> int:
    with open(memory_path) as file:
        memory = json.load(file)
    version, inner, gauss = memory["chance"]
    soak.chance.setstate((version, tuple(inner), gauss))
    soak.known, soak.counts, soak.runs = memory["known"], memory["counts"], memory["runs"]
    soak.usual_seconds = memory["usual"]
    return memory["cycle"]


def save(soak: Soak, cycle: int):
    memory = {
        "cycle": cycle, "chance": soak.chance.getstate(), "known": soak.known, "counts": soak.counts,
        "runs": soak.runs, "usual": soak.usual_seconds,
    }
    with open(memory_path + ".new", "w") as file:
        json.dump(memory, file)
    os.replace(memory_path + ".new", memory_path)


def figures(soak: Soak, kind: str, key: str, share: float = 0.1) -> tuple[int, int] | None:
    """The median over the first and over the last tenth of the runs of a kind."""
    values = [run[key] for run in soak.runs if run["kind"] == kind and key in run]
    if not values:
        return None
    part = max(1, round(len(values) * share))
    return round(statistics.median(values[:part]), 3), round(statistics.median(values[-part:]), 3)


def main() -> int:
    soak = Soak(home, random.Random(seed))
    if os.path.exists(memory_path):
        cycle = load(soak)
        print(f"going on after cycle {cycle}")
    else:
        shutil.rmtree(home, ignore_errors=True)
        os.makedirs(home)
        soak.make()
        cycle = 0
    began, first = time.monotonic(), cycle
    counts_before = dict(soak.counts)
    status = 0
    print(f"cycle {cycle}: {leavings.count(home)}")
    while time.monotonic() - began < seconds and cycle < last_cycle:
        try:
            soak.run(watch=cycle % 10 == 0)
        except Exception:
            traceback.print_exc()
            print(f"FAILED in cycle {cycle + 1} of seed {seed}; all is left in {home}")
            status = 1
            break
        cycle += 1
        if cycle % 100 == 0:
            print(f"cycle {cycle}: {leavings.count(home)}")
            sys.stdout.flush()
    if status == 0:
        save(soak, cycle)
    line = {
        "group": "soak", "seed": seed, "cycles": cycle - first, "cycle": cycle,
        "seconds": round(time.monotonic() - began, 1),
        **{key: value - counts_before.get(key, 0) for key, value in sorted(soak.counts.items())},
        "left": leavings.count(home),
    }
    for kind in ("backup", "restore"):
        for key in ("kib", "seconds", "descriptors", "descriptors at end"):
            if found := figures(soak, kind, key):
                line[f"{kind} {key} first and last"] = found
    if status == 0:
        with open(os.environ["TORTURE_FIGURES"], "a") as file:
            file.write(json.dumps(line) + "\n")
    print(json.dumps(line, indent=1))
    return status or grown(soak, cycle)


def grown(soak: Soak, cycle: int) -> int:
    """Memory and descriptors must be flat; a few runs say nothing yet.

    A repository keeps its last 64 packs open: so many come with time, and no more.
    """
    for kind in ("backup", "restore"):
        memory, files = figures(soak, kind, "kib"), figures(soak, kind, "descriptors")
        if cycle < 100 or not memory or not files:
            continue
        if memory[1] > memory[0] * 1.25 + 8192 or files[1] > 64 + 24:
            print(f"FAILED: the {kind} grows: {memory} KiB, {files} open files")
            return 1
    return 0


sys.exit(main())
