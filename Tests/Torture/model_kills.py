#!/usr/bin/env python3
"""Kills publish, switch, rollback and prune at every system call they make.

A counting run comes first, under strace: how often each system call is made, by the thread that
makes it most. Then, for every call and every N, a fresh copy of the same folder is worked on and
the program is killed at its N-th call. Whatever is there then must hold only whole versions and a
link that names one; the next switch must work and clear away what was left.

    model_kills.py RECOVER [--seconds S] [--seed N] [--state FOLDER]

With a state folder the points are counted once for a program, and a run goes on where the last one
ended. Prints one JSON line: calls counted, points counted, points tried by all runs so far, how
many of these killed (a thread that comes late may make fewer calls than when they were counted),
failures.
"""

import argparse
import collections
import concurrent.futures
import hashlib
import json
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

LINE = re.compile(r"^(\d+) +(\w+)\(")
OPERATIONS = {
    "publish": ["publish", "{source}", "--version", "202601200000"],
    "publish-activate": ["publish", "{source}", "--version", "202601200000", "--activate", "-y"],
    "switch": ["switch", "202601130000", "-y"],
    "rollback": ["rollback", "-y"],
    "prune": ["prune", "--keep", "1", "-y"],
}


def run(recover, folder, words, strace=()):
    command = [*strace, recover, "--lock-wait", "0s", "models", *words, "--folder", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=600)


def make_template(recover, place):
    source = place / "source"
    (source / "deep").mkdir(parents=True)
    (source / "model.bin").write_bytes(random.Random(7).randbytes(300_000))
    (source / "deep" / "vocab.txt").write_text("words\n" * 1000)
    folder = place / "models"
    folder.mkdir()
    for day in range(10, 15):
        (source / "day").write_text(str(day))
        made = run(recover, folder, ["publish", str(source), "--version", f"202601{day}0000"])
        assert made.returncode == 0, made.stderr
    for version in ["202601100000", "202601110000"]:
        assert run(recover, folder, ["switch", version, "-y"]).returncode == 0
    return source, folder


def words_of(operation, source):
    return [word.format(source=source) for word in OPERATIONS[operation]]


def count(recover, template, source, operation, place):
    folder = place / f"count-{operation}"
    shutil.copytree(template, folder, symlinks=True)
    log = place / f"{operation}.log"
    done = run(recover, folder, words_of(operation, source), ["strace", "-f", "-qq", "-o", str(log)])
    assert done.returncode == 0, done.stderr
    counts = collections.Counter()
    for line in log.read_text(errors="replace").splitlines():
        found = LINE.match(line)
        if found and found[2] != "execve":
            counts[found.groups()] += 1
    highest = collections.Counter()
    for (_, call), number in counts.items():
        highest[call] = max(highest[call], number)
    return sum(counts.values()), [(call, n) for call in sorted(highest) for n in range(1, highest[call] + 1)]


def faults(folder, recover):
    """What is wrong with a folder, as somebody without this program would see it."""
    wrong = []
    for version in sorted(folder.iterdir()):
        if not re.fullmatch(r"\d{12}", version.name):
            continue
        manifest = version / "MANIFEST.sha256"
        if not manifest.exists() or not (version / "_SUCCESS").exists():
            wrong.append(f"{version.name} is not whole")
            continue
        stated = dict(
            reversed(line.split("  ", 1)) for line in manifest.read_text().splitlines() if line[0] != "#"
        )
        there = {str(f.relative_to(version)) for f in version.rglob("*") if f.is_file()}
        if there - {"MANIFEST.sha256", "_SUCCESS"} != set(stated):
            wrong.append(f"{version.name} holds other files than it states")
        for name, digest in stated.items():
            if hashlib.sha256((version / name).read_bytes()).hexdigest() != digest:
                wrong.append(f"{version.name}/{name} has other bytes")
    link = folder / "current"
    if not link.is_symlink() or not (link / "model.bin").exists():
        wrong.append("current names no version")
        return wrong
    after = run(recover, folder, ["switch", "202601140000", "-y"])
    if after.returncode != 0 or link.readlink().name != "202601140000":
        wrong.append(f"the next switch ended with {after.returncode}: {after.stderr}")
    left = [entry.name for entry in folder.iterdir() if entry.name.startswith(".recover-")]
    if left:
        wrong.append(f"left behind: {left}")
    return wrong


def attempt(recover, template, source, operation, point, place):
    """Whether it was killed, and what is wrong. A thread that came late may have made fewer calls:
    then once more, up to ten times."""
    wrong = []
    for _ in range(10):
        is_killed, found = attempt_once(recover, template, source, operation, point, place)
        wrong += found
        if is_killed:
            return True, wrong
    return False, wrong


def attempt_once(recover, template, source, operation, point, place):
    call, number = point
    folder = pathlib.Path(tempfile.mkdtemp(dir=place)) / "models"
    try:
        shutil.copytree(template, folder, symlinks=True)
        inject = f"inject={call}:signal=SIGKILL:when={number}"
        done = run(recover, folder, words_of(operation, source),
                   ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject])
        wrong = [f"{operation} killed at {call} {number}: {fault}" for fault in faults(folder, recover)]
        return done.returncode == -signal.SIGKILL, wrong
    finally:
        shutil.rmtree(folder.parent)


class State:
    """Which points there are for a program, and which were tried; a file, or memory alone."""

    def __init__(self, folder, recover):
        self.path = pathlib.Path(folder, "points.json") if folder else None
        self.program = hashlib.sha256(pathlib.Path(recover).read_bytes()).hexdigest()
        self.calls, self.points, self.done, self.failures = 0, [], {}, 0
        if self.path and self.path.exists():
            known = json.loads(self.path.read_text())
            if known["program"] == self.program:
                self.calls, self.failures = known["calls"], known["failures"]
                self.points = [(operation, (call, n)) for operation, call, n in known["points"]]
                self.done = known["done"]

    @staticmethod
    def key(item):
        return f"{item[0]} {item[1][0]} {item[1][1]}"

    def write(self):
        if not self.path:
            return
        text = json.dumps({"program": self.program, "calls": self.calls, "failures": self.failures, "done": self.done,
                           "points": [(operation, *point) for operation, point in self.points]})
        fresh = self.path.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(self.path)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("recover")
    arguments.add_argument("--seconds", type=float, default=1e9)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--state")
    options = arguments.parse_args()
    recover = str(pathlib.Path(options.recover).resolve())
    end = time.monotonic() + options.seconds
    base = "/dev/shm" if pathlib.Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=base, prefix="recover-models-") as name:
        place = pathlib.Path(name)
        source, template = make_template(recover, place)
        state = State(options.state, recover)
        if not state.points:
            for operation in OPERATIONS:
                made, found = count(recover, template, source, operation, place)
                state.calls += made
                state.points += [(operation, point) for point in found]
            state.write()
        left = [item for item in state.points if state.key(item) not in state.done]
        random.Random(options.seed).shuffle(left)
        wrong, tried = [], 0

        def one(item):
            if time.monotonic() > end:
                return item, None
            return item, attempt(recover, template, source, item[0], item[1], place)

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for item, result in pool.map(one, left):
                if result is None:
                    continue
                tried += 1
                state.done[state.key(item)] = result[0]
                state.failures += len(result[1])
                wrong += result[1]
                if tried % 200 == 0:
                    state.write()
        state.write()
    print(json.dumps({"group": "models", "seed": options.seed, "system_calls": state.calls,
                      "points_counted": len(state.points), "points_tried": len(state.done),
                      "points_killed": sum(state.done.values()), "points_of_this_run": tried,
                      "failures": state.failures}))
    for line in wrong[:20]:
        print(line, file=sys.stderr)
    # All were tried by runs before: that is no failure.
    sys.exit(1 if state.failures or not state.done else 0)


main()
