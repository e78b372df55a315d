"""One cycle: the stack changes, is backed up, and an old snapshot is compared with the oracle."""

import json
import os
import random
import shutil

from . import leavings, oracle
from .program import Run, Started, moment, recover
from .stack import COMPONENTS, Stack


class Soak:
    """The stack, its repository, and what is known about every snapshot without the program."""

    def __init__(self, home: str, chance: random.Random):
        self.home, self.chance = home, chance
        self.stack = Stack(home, chance)
        self.known: list[str] = []
        self.counts: dict[str, int] = {}
        self.runs: list[dict] = []
        self.usual_seconds = {"backup": 0.05, "restore": 0.05, "in place": 0.1}

    def make(self):
        self.stack.make()
        os.makedirs(f"{self.home}/oracle")
        os.makedirs(f"{self.home}/temporary")
        with open(f"{self.home}/recover.yaml", "w") as file:
            file.write(
                f"version: 1\nstack: soak\nrepository: {self.home}/repository\nstate: {self.home}/state\n"
                f"components:\n  files: {self.home}/files\n  memory: {self.home}/memory\n"
                f"  rbac: {{path: {self.home}/rbac/security.db, required: true}}\n"
            )
        os.chmod(f"{self.home}/recover.yaml", 0o600)
        self.expect(self.recover("init"), 0)

    # --- Words ------------------------------------------------------------------------------

    def count(self, what: str):
        self.counts[what] = self.counts.get(what, 0) + 1

    def start(self, *arguments: str) -> Started:
        # What a program would leave in /tmp it leaves where nobody else does.
        return Started(arguments, self.home, {"TMPDIR": f"{self.home}/temporary"})

    def recover(self, *arguments: str, **options) -> Run:
        run = self.start(*arguments).wait(**options)
        kind = "in place" if "--data-only" in arguments else arguments[0]
        if run.was_killed:
            self.count(f"killed: {kind}")
        else:
            self.count(kind)
            self.runs.append({"kind": kind, "seconds": run.seconds, "kib": run.peak_kib})
            if kind in self.usual_seconds:
                self.usual_seconds[kind] += (run.seconds - self.usual_seconds[kind]) / 10
            if run.descriptors:
                self.runs[-1]["descriptors"] = max(run.descriptors)
                self.runs[-1]["descriptors at end"] = run.descriptors[-1]
        return run

    def expect(self, run: Run, *statuses: int) -> Run:
        if run.status not in statuses:
            raise AssertionError(f"{run} and not with {statuses}")
        return run

    def live(self) -> dict[str, dict]:
        return {
            name: oracle.describe(self.stack.place(name)) if os.path.isdir(self.stack.place(name)) else {}
            for name in COMPONENTS
        }

    def adopt(self, state: dict[str, dict], at_least: int = 0, at_most: int = 1) -> list[str]:
        """Remembers for each new snapshot what it must hold."""
        names = leavings.files(f"{self.home}/repository/snapshots")
        found = [name.removesuffix(".json") for name in names]
        new = sorted(set(found) - set(self.known))
        if not at_least <= len(new) <= at_most or len(found) != len(self.known) + len(new):
            raise AssertionError(f"{len(new)} new snapshots, and {len(found)} beside {len(self.known)} known")
        for snapshot in new:
            with open(f"{self.home}/repository/snapshots/{snapshot}.json") as file:
                parts = json.load(file)["components"]
            with open(f"{self.home}/oracle/{snapshot}.json", "w") as file:
                json.dump({name: state[name] for name in parts}, file)
        self.known += new
        return new

    def oracle(self, snapshot: str) -> dict[str, dict]:
        with open(f"{self.home}/oracle/{snapshot}.json") as file:
            return json.load(file)

    def some_snapshot(self) -> str:
        if self.chance.random() < 0.3:
            return self.known[-1]
        return self.chance.choice(self.known)

    # --- What happens -----------------------------------------------------------------------

    def run(self, watch: bool):
        self.stack.change()
        if self.chance.random() < 0.03:
            leavings.plant(self.home, self.chance.randrange(1 << 30))
        state = self.live()
        self.back_up(state, watch)
        if self.known:
            self.restore(self.some_snapshot(), watch)
            roll = self.chance.random()
            for chance, act in ((0.02, self.verify), (0.025, self.carry), (0.06, self.in_place)):
                if roll < chance:
                    act()
                    break
                roll -= chance

    def back_up(self, state: dict[str, dict], watch: bool):
        roll = self.chance.random()
        if roll < 0.25:
            self.recover("backup", kill_after=moment(self.chance, self.usual_seconds["backup"]))
            # It may have been killed after its commit: then the snapshot must be whole.
            self.adopt(state)
            return
        if roll < 0.30:
            self.both_at_once(state)
        elif roll < 0.36:
            self.expect(self.recover("backup", "--reread", watch=watch), 0)
            self.adopt(state, at_least=1)
        elif roll < 0.42:
            self.expect(self.recover("backup", self.chance.choice(COMPONENTS), watch=watch), 0)
            self.adopt(state, at_least=1)
        else:
            self.expect(self.recover("backup", watch=watch), 0)
            self.adopt(state, at_least=1)
        if found := leavings.problems(self.home):
            raise AssertionError(f"a completed backup left {found}")

    def both_at_once(self, state: dict[str, dict]):
        """One waits for the other, or is refused where it may not wait."""
        waits = self.chance.random() < 0.5
        one, other = (self.start("backup", "--lock-wait", "60s" if waits else "0s") for _ in range(2))
        statuses = sorted((one.wait().status, other.wait().status))
        if statuses not in ([[0, 0]] if waits else [[0, 0], [0, 11]]):
            raise AssertionError(f"two backups at once ended with {statuses}")
        self.count(f"at once: {statuses}")
        done = statuses.count(0)
        self.adopt(state, at_least=done, at_most=done)

    def restore(self, snapshot: str, watch: bool):
        target = f"{self.home}/out"
        arguments = ("restore", "--snapshot", snapshot, "--to", target)
        if self.chance.random() < 0.15:
            run = self.recover(*arguments, kill_after=moment(self.chance, self.usual_seconds["restore"]))
            if run.was_killed and os.path.isdir(target) and os.listdir(target):
                self.expect(self.recover(*arguments), 1)
            shutil.rmtree(target, ignore_errors=True)
        self.expect(self.recover(*arguments, watch=watch), 0)
        self.compare(snapshot, {name: f"{target}/{name}" for name in self.oracle(snapshot)})
        shutil.rmtree(target)

    def compare(self, snapshot: str, places: dict[str, str]):
        wanted = self.oracle(snapshot)
        for name, place in places.items():
            if found := oracle.differences(wanted[name], oracle.describe(place)):
                raise AssertionError(f"{name} of {snapshot} in {place}:\n" + "\n".join(found[:20]))
            self.count("components compared")

    def verify(self):
        level = self.chance.choice(("full", "deep"))
        self.expect(self.recover("verify", "--all", "--level", level), 0)

    def carry(self):
        """Out into an archive, in again as a snapshot, and back from that."""
        snapshot = self.some_snapshot()
        name = self.chance.choice(sorted(self.oracle(snapshot)))
        archive = f"{self.home}/{name}.{self.chance.choice(('tar.gz', 'tar.zst', 'tar'))}"
        self.expect(self.recover("export", snapshot, name, "-o", archive), 0)
        self.expect(self.recover("import", archive, "--component", name), 0)
        new = self.adopt(self.oracle(snapshot) | self.live_but(name), at_least=1)
        os.unlink(archive)
        os.unlink(archive + ".sha256")
        self.restore(new[0], False)

    def live_but(self, name: str) -> dict:
        return {other: {} for other in COMPONENTS if other != name}

    def in_place(self):
        snapshot, before = self.some_snapshot(), self.live()
        arguments = ("restore", "--snapshot", snapshot, "--data-only", "--confirm", "soak")
        if self.chance.random() < 0.4:
            self.recover(*arguments, kill_after=moment(self.chance, self.usual_seconds["in place"]))
            self.adopt(before)
            before = self.live()
            for name, wanted in self.oracle(snapshot).items():
                # Neither the old state nor the new: what is missing lies beside, by name.
                if before[name] != wanted:
                    self.count("in place: not yet swapped")
        self.expect(self.recover(*arguments), 0)
        self.adopt(before, at_most=1)
        self.compare(snapshot, {name: self.stack.place(name) for name in self.oracle(snapshot)})
        self.tidy()

    def tidy(self):
        """What a person removes who has looked at what was kept aside."""
        for folder in (self.home, f"{self.home}/rbac", f"{self.home}/files", f"{self.home}/memory"):
            for name in os.listdir(folder):
                if name.startswith(".recover-"):
                    shutil.rmtree(f"{folder}/{name}")
                    self.count("kept aside: " + name.split("-")[1])
