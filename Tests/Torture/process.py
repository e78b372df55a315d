"""Every changing system call of every command: killed at it, failed at it; then nothing may be lost.

For each flow the calls are counted, and each is met by SIGKILL, EIO, ENOSPC, EDQUOT, EINTR and, where
it writes, by half of the bytes. The slice draws points by the seed until its time is over; the long
form walks all of them in order, and goes on where the last run ended.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter

import faults
import surroundings
from flows import FLOWS, Flow, make_templates
from stack import Stack
from walk import Progress, Walk, drawn

WORKERS = 2


class Worker:
    def __init__(self, root: str, recover: str, library: str):
        self.stack = Stack(root, recover)
        make_templates(self.stack)
        self.plan = faults.Plan(library, root + ".log")

    def count(self, flow: Flow) -> list[faults.Call]:
        """The calls of a run without faults, which must hold what a run with faults must."""
        self.stack.load(flow.template)
        run = self.stack.run(*flow.arguments(self.stack), environment=self.plan.counting(flow.refused))
        wrong = [] if run.code == 0 else [f"exit {run.code}: {run.errors[-600:]}"]
        wrong += flow.check(self.stack, run)
        if wrong:
            raise SystemExit(f"FAILED {flow.name} without any fault: " + "\n".join(wrong))
        return self.plan.calls()

    def agrees_with_strace(self, flow: Flow) -> str:
        """Whether the kernel saw the very calls that were counted; what differs."""
        self.stack.load(flow.template)
        log = self.plan.log + ".strace"
        environment = [f"-E{name}={value}" for name, value in self.plan.counting().items()]
        tracer = ["strace", "-f", "-qq", "-o", log, "-e", f"trace={faults.TRACED},{','.join(faults.STARTS)}", *environment]
        run = self.stack.run(*flow.arguments(self.stack), before=tracer)
        seen, counted = faults.traced(log), faults.counts(self.plan.calls())
        os.unlink(log)
        if run.code != 0 or seen != counted:
            return f"exit {run.code}; strace saw {dict(seen - counted)} more, counted {dict(counted - seen)} more"
        return ""

    def attempt(self, flow: Flow, number: int, kind: str) -> tuple[faults.Call | None, list[str], int]:
        """One point: the call that was hit, what was wrong afterwards, the exit code."""
        # Names are drawn: now and then a run has a folder less to make than the one that was counted.
        for _ in range(3):
            self.stack.load(flow.template)
            environment = self.plan.hitting(number, kind, refused=flow.refused)
            run = self.stack.run(*flow.arguments(self.stack), environment=environment)
            hit = next(iter(self.plan.calls()), None)
            if hit or run.code != 0:
                break
        if run.hung:
            return hit, ["it hangs"], run.code
        wrong = []
        if hit is None and run.code != 0:
            wrong.append(f"nothing was hit and it ended with {run.code}")
        if hit and (run.code == -9) != (kind == "KILL"):
            wrong.append(f"it ended with {run.code}")
        if hit and hit.name == "write" and hit.target == "fd=1" and kind not in ("KILL", "EINTR", "SHORT"):
            if run.code == 0:
                wrong.append("its result could not be written and it ended with 0")
        # Unpacking is libarchive's, which repeats no call but reading and writing.
        may_end = flow.name == "import" and kind == "EINTR" and run.code == 1
        if hit and kind in ("EINTR", "SHORT") and run.code != 0 and not may_end:
            wrong.append(f"what is to be repeated ended it with {run.code}: {run.errors[-400:]}")
        try:
            return hit, wrong + flow.check(self.stack, run), run.code
        except Exception as error:  # A check that cannot run is a finding, never the end of the walk.
            return hit, wrong + [f"the check could not run: {error!r}"], run.code


def main() -> int:
    is_slice = os.environ.get("TORTURE_SLICE") == "1"
    seed = int(os.environ["TORTURE_SEED"])
    started, clock = time.time(), time.monotonic()
    until = clock + int(os.environ["TORTURE_SECONDS"])
    only = sys.argv[1:]
    base = tempfile.mkdtemp(prefix="recover-torture-")
    if surroundings.can_mount():
        # In memory, and gone with this process's world of mounts.
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2g", "tmpfs", base], check=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        recover = shutil.copy(os.environ["RECOVER"], base)
        library = faults.build(base)
        workers = [Worker(os.path.join(base, f"worker-{n}"), recover, library) for n in range(WORKERS)]
        failures: list[str] = []
        around: dict[str, int] = {}
        if not only:
            seconds = 0 if is_slice else min(60, (until - clock) / 4)
            around, failures = surroundings.run(
                workers[0].stack, workers[0].plan, random.Random(seed), seconds
            )
        calls, order = {}, []
        for flow in FLOWS:
            if only and flow.name not in only:
                continue
            calls[flow.name] = workers[0].count(flow)
            # Calls that are refused before the kernel sees them are not for strace.
            differs = "" if flow.refused else workers[0].agrees_with_strace(flow)
            if differs:
                failures.append(f"FAILED {flow.name}: {differs}")
                print(failures[-1])
            order += [(flow.name, number, kind) for number, kind in faults.points(calls[flow.name])]
        every = Counter(name for name, _, _ in order)
        keeps = not is_slice and not only
        state = os.path.join(os.environ["TORTURE_STATE"], "next.json")
        progress = Progress(state if keeps else "", every)
        if is_slice:
            order = drawn(order, calls, random.Random(seed))
        elif keeps:
            order = order[progress.next :]
        # However slow the machine is: some points.
        walk = Walk(order, max(until, time.monotonic() + 20))
        # Stopped from outside it ends with what it has, figures and place to go on included.
        signal.signal(signal.SIGTERM, lambda *_: setattr(walk, "until", 0))
        threads = [threading.Thread(target=walk.work, args=(worker,)) for worker in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if keeps:
            failures += progress.advance(walk)
        failures += walk.failures
        show(calls, every, walk)
        figures = {
            "group": "process",
            "seed": seed,
            "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
            "seconds": round(time.monotonic() - clock, 1),
            "calls": {name: len(found) for name, found in calls.items()},
            "points": dict(every),
            "tried": dict(walk.tried),
            "not_reached": dict(walk.missed),
            "passes": progress.passes,
            "around": around,
            "failures": len(failures),
        }
        with open(os.environ["TORTURE_FIGURES"], "a") as file:
            file.write(json.dumps(figures) + "\n")
        print(f"{sum(walk.tried.values())} of {sum(every.values())} points tried, {sum(around.values())} checks "
              f"around them, {len(failures)} failures, seed {seed}, {figures['seconds']} s")
        return 1 if failures or not walk.tried else 0
    finally:
        if surroundings.can_mount():
            subprocess.run(["umount", "--lazy", base])
        shutil.rmtree(base, ignore_errors=True)


def show(calls: dict[str, list[faults.Call]], every: Counter, walk: Walk):
    for name, found in calls.items():
        print(f"{name}: {len(found)} calls, {every[name]} points, {walk.tried[name]} tried, "
              f"{walk.missed[name]} not reached")
        for call, count in sorted(faults.counts(found).items()):
            print(f"    {call}: {count} calls, {walk.hits[f'{name} {call}']} points hit")
        ends = {key.split(" ", 1)[1]: count for key, count in walk.exits.items() if key.split()[0] == name}
        print("    fault and exit code: " + ", ".join(f"{key}: {ends[key]}" for key in sorted(ends)))


sys.exit(main())
