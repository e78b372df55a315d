"""Backups of a Qdrant under cuts and kills and over generations, and restores under kills. Environment: as scripts/torture sets it.

With TORTURE_SLICE a few of each; without, all cuts at members, 200 at bytes, generations again and again with other
choices, and the points of kills that were not tried before, which are noted in TORTURE_STATE. TORTURE_PART chooses one:
cuts, generations, kills, restores.
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


def kills(kind, notes, server, folder, limit):
    path = f"{state}/{notes}.json"
    known = []
    if os.path.exists(path):
        with open(path) as file:
            known = json.load(file)
    part = kind(server, folder, chance(notes, len(known)))
    tried = part.run(lasting(limit), known)
    known += tried
    with open(path, "w") as file:
        json.dump(known, file)
    return {"points": len(part.points), "tried": len(tried), "tried_in_all": len(known)}


def chance(*words):
    """The same choices for the same seed, whatever other parts have chosen."""
    return random.Random("/".join(str(word) for word in (seed, *words)))


def cuts(count, limit, every):
    batch("cuts", lambda server, folder: Cuts(server, folder, chance("cuts")).run(count, limit, every))


def generations(number, days, points):
    batch("generations", lambda server, folder: Generations(server, folder, chance("days", number), points).run(days))


def main():
    part = os.environ.get("TORTURE_PART", "")
    if is_slice:
        cuts(12, lasting(8), 6)
        generations(0, 5, 300)
        batch("kills", lambda server, folder: kills(Kills, "points", server, folder, seconds / 4))
        batch("restores", lambda server, folder: kills(Restores, "restores", server, folder, seconds / 4))
        return
    if part in ("", "cuts"):
        cuts(200, until(1 if part else 0.4), 1)
    number = 0
    while part in ("", "generations") and not until(1 if part else 0.5)():
        number += 1
        generations(number, 10, 600)
    for name, kind, notes in (("kills", Kills, "points"), ("restores", Restores, "restores")):
        if part in ("", name):
            limit = seconds / (1 if part else 4)
            batch(name, lambda server, folder: kills(kind, notes, server, folder, limit))


try:
    main()
except Wrong as error:
    sys.exit(f"FAILED: {error}")
