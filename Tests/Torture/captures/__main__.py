"""Backups of a Qdrant under cuts and kills and over generations, and restores under kills. Environment: as scripts/torture sets it.

With TORTURE_SLICE a few of each; without, all cuts at members, 200 at bytes, generations again and again with other
choices, and the points of kills that were not tried before, which are noted in TORTURE_STATE. TORTURE_PART chooses one:
cuts, generations, kills, restores; TORTURE_SHARE=0/3, with a TORTURE_STATE of its own, every third point of kills.
"""

import json
import os
import random
import shutil
import sys
import time

from .cuts import Cuts
from .generations import Generations
from .kills import Kills
from .place import Server, Wrong, record
from .restores import Restores

seconds, seed = float(os.environ["TORTURE_SECONDS"]), int(os.environ["TORTURE_SEED"])
is_slice = "TORTURE_SLICE" in os.environ
state = os.path.realpath(os.environ["TORTURE_STATE"])
begun = time.monotonic()


def until(share):
    """Whether so much of all the time is over."""
    return lambda: time.monotonic() - begun > seconds * share


def lasting(limit):
    """Whether so many seconds from now are over."""
    end = time.monotonic() + limit
    return lambda: time.monotonic() > end


def batch(part, work):
    """Runs a part against a server of its own."""
    started, start = time.strftime("%FT%TZ", time.gmtime()), time.monotonic()
    folder = f"{state}/{part}"
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    server = Server(f"{folder}/server")
    try:
        counts = work(server, folder)
    finally:
        server.stop()
    shutil.rmtree(folder, ignore_errors=True)
    record(part=part, seed=seed, started=started, seconds=round(time.monotonic() - start, 1), **counts)


def kills(kind, notes, limit):
    """Tries points until the time is over. A failure is told and the next point begins on a new server."""
    path, deadline, failures = f"{state}/{notes}.jsonl", None, []
    while True:
        known = noted(path)

        def work(server, folder):
            nonlocal deadline
            tried = 0
            part = kind(server, folder, chance(notes, len(known) + len(failures)))
            # The making of the first server does not count: some points are always tried.
            deadline = deadline or lasting(limit)

            def done(point):
                nonlocal tried
                tried += 1
                with open(path, "a") as file:
                    file.write(json.dumps(point) + "\n")

            try:
                part.run(deadline, known + [list(one.args[1]) for one in failures], done)
            except Wrong as error:
                print(f"FAILED: {error.args[0]}", file=sys.stderr, flush=True)
                failures.append(error)
            return {"points": len(part.points), "tried": tried, "tried_in_all": len(known) + tried, "failed": len(failures)}

        before = len(failures)
        batch(notes, work)
        if len(failures) == before:
            break
    if failures:
        raise Wrong(f"{notes}: {len(failures)} points")


def noted(path):
    """The points that were tried before, and held."""
    if not os.path.exists(path):
        return []
    with open(path) as file:
        return [json.loads(line) for line in file]


def chance(*words):
    """The same choices for the same seed, whatever other parts have chosen."""
    return random.Random("/".join(str(word) for word in (seed, *words)))


def cuts(count, limit, every):
    batch("cuts", lambda server, folder: Cuts(server, folder, chance("cuts")).run(count, limit, every))


def generations(number, days, points, returns=None):
    batch("generations", lambda server, folder: Generations(server, folder, chance("days", number), points).run(days, returns))


def main():
    part = os.environ.get("TORTURE_PART", "")
    if is_slice:
        cuts(12, lasting(8), 6)
        generations(0, 5, 300, 1)
        kills(Kills, "kills", seconds / 4)
        kills(Restores, "restores", seconds / 4)
        return
    if part in ("", "cuts"):
        cuts(200, until(1 if part else 0.4), 1)
    number = 0
    while part in ("", "generations") and not until(1 if part else 0.5)():
        number += 1
        generations(number, 10, 600)
    for name, kind in (("kills", Kills), ("restores", Restores)):
        if part in ("", name):
            kills(kind, name, seconds / (1 if part else 4))


try:
    main()
except Wrong as error:
    sys.exit(f"FAILED: {error}")
