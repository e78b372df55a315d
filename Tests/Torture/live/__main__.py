"""Backs up sources that change while they are read, for as long as wanted.

Environment: RECOVER, TORTURE_SECONDS, TORTURE_SEED, TORTURE_STATE, TORTURE_FIGURES; LIVE names the
only kind of source to be tried.
"""

import json
import os
import random
import shutil
import sys
import time
import traceback

from .clocks import Clocks
from .databases import Databases
from .swaps import Swaps

KINDS = [Databases, Swaps, Clocks]
seconds, seed = float(os.environ["TORTURE_SECONDS"]), int(os.environ["TORTURE_SEED"])
state = os.path.realpath(os.environ["TORTURE_STATE"])
wanted = os.environ.get("LIVE", "")
# A slice is short: each kind gets its share of it.
batch_seconds = min(30.0, seconds / len(KINDS)) if "TORTURE_SLICE" in os.environ else 30.0


def next_batch() -> int:
    """Batches are numbered over all runs, so that a run goes on and does not begin again."""
    path = f"{state}/batch"
    number = int(open(path).read()) + 1 if os.path.exists(path) else 0
    with open(path, "w") as file:
        file.write(str(number))
    return number


def main() -> int:
    kinds = [kind for kind in KINDS if wanted in ("", kind.name)]
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 1:
        number = next_batch()
        kind = kinds[number % len(kinds)]
        home = f"{state}/{kind.name}"
        shutil.rmtree(home, ignore_errors=True)
        os.makedirs(home)
        began = time.monotonic()
        batch = kind(home, random.Random(f"{seed}/{number}"))
        try:
            batch.run(min(left, batch_seconds))
        except Exception:
            traceback.print_exc()
            print(f"FAILED: batch {number} ({kind.name}) of seed {seed}; all is left in {home}")
            return 1
        line = {"group": "live", "kind": kind.name, "seed": seed, "started": number,
                "seconds": round(time.monotonic() - began, 1), **batch.figures()}
        with open(os.environ["TORTURE_FIGURES"], "a") as file:
            file.write(json.dumps(line) + "\n")
        print(json.dumps(line), flush=True)
        shutil.rmtree(home)
    return 0


sys.exit(main())
