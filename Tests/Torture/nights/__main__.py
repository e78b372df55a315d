"""Hundreds of nights of backup and prune under a clock of ours, with kills, full disks and nights left out.

After every prune the snapshots that are there must be those that the oracle of `docs/retention.md`
keeps; each of them restores as it was; and the repository must be little larger than one that was
made of the kept snapshots alone.

Environment: RECOVER, TORTURE_SECONDS, TORTURE_SEED, TORTURE_STATE, TORTURE_FIGURES, TORTURE_SLICE,
and NIGHTS, how many.
"""

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from datetime import datetime
from zoneinfo import ZoneInfo

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), os.path.join(HERE, "..", "..", "Fixtures")]

import faults  # noqa: E402
import retention_oracle  # noqa: E402
from soak import oracle  # noqa: E402
from soak.cycle import Soak  # noqa: E402
from soak.leavings import files  # noqa: E402
from soak.program import Started, moment  # noqa: E402
from soak.stack import COMPONENTS  # noqa: E402

DAY = 86_400
ZONE = "Asia/Seoul"
SIZE_LIMIT = 1.3
# A prune keeps at most 64 packs open, and what every program has.
DESCRIPTOR_LIMIT = 100
SAFETY = {"last": 3, "within": 14 * DAY}
WIDE = {
    "keep": {"daily": 7, "weekly": 4, "monthly": 6}, "per_reason": {"pre-deploy": {"last": 3}},
    "per_tag": {"last": 1}, "safety": SAFETY, "keep_verified": 3,
}
TIGHT = WIDE | {"keep": {"daily": 4, "weekly": 3, "monthly": 3, "within": 2 * DAY}, "per_tag": {}}
TEXTS = {
    id(WIDE): "{keep: {daily: 7, weekly: 4, monthly: 6}, per_reason: {pre-deploy: {last: 3}}, per_tag: {last: 1}, zone: Asia/Seoul}",
    id(TIGHT): "{keep: {daily: 4, weekly: 3, monthly: 3, within: 2d}, per_reason: {pre-deploy: {last: 3}}, zone: Asia/Seoul}",
}


class Nights(Soak):
    """A soak by the night; `expected` is what a restore of each snapshot must give."""

    def __init__(self, home: str, chance: random.Random):
        super().__init__(home, chance)
        self.offset = 0
        self.environment: dict[str, str] = {}
        self.policy, self.tag = WIDE, "t1"
        self.verified: set[str] = set()
        self.pinned: set[str] = set()
        self.returned = 0
        self.failed = False
        self.prunes: list[dict] = []
        self.known_calls = {"backup": 120, "prune": 60}

    # --- Its world ----------------------------------------------------------------------------

    def make(self):
        source = os.path.join(os.path.dirname(HERE), "live", "clock.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", f"{self.home}/clock.so", source], check=True)
        self.clock = os.open(f"{self.home}/clock", os.O_RDWR | os.O_CREAT, 0o600)
        self.advance(0)
        self.library = faults.build(self.home)
        self.environment = {"LD_PRELOAD": f"{self.home}/clock.so", "LIVE_CLOCK": f"{self.home}/clock", "TZ": "UTC"}
        with open(f"{self.home}/compose.yaml", "w") as file:
            file.write("services: {app: {image: 'example/app:1'}}\n")
        self.set_tag("t1")
        super().make()
        self.configure()

    def configure(self):
        path = f"{self.home}/recover.yaml"
        with open(path) as file:
            kept = [line for line in file if not line.startswith(("retention:", "compose:"))]
        with open(path, "w") as file:
            file.writelines(kept)
            file.write(f"compose: {{files: [{self.home}/compose.yaml], env_file: {self.home}/env}}\n")
            file.write(f"retention: {TEXTS[id(self.policy)]}\n")

    def set_tag(self, tag: str):
        self.tag = tag
        with open(f"{self.home}/env", "w") as file:
            file.write(f"TAG={tag}\n")

    @property
    def now(self) -> int:
        return int(time.time()) + self.offset

    def advance(self, seconds: int):
        self.offset += seconds
        os.pwrite(self.clock, self.offset.to_bytes(8, "little", signed=True), 0)

    def start(self, *arguments: str, more: dict[str, str] | None = None) -> Started:
        return Started(arguments, self.home, {"TMPDIR": f"{self.home}/temporary", **self.environment, **(more or {})})

    def disk_full(self, verb: str) -> dict[str, str]:
        """The environment of a run for which the disk is full from some call on."""
        first = self.chance.randrange(1, self.known_calls[verb])
        log = f"{self.home}/faults.log"
        found = faults.Plan(self.library, log).hitting(first, "ENOSPC", last=1 << 30)
        return found | {"LD_PRELOAD": f"{self.library} {self.environment['LD_PRELOAD']}"}

    def there(self) -> list[str]:
        """The snapshots that are there; a revoked name is none."""
        folder = f"{self.home}/repository/snapshots"
        return sorted(
            name.removesuffix(".json") for name in os.listdir(folder) if os.path.getsize(f"{folder}/{name}") > 16
        ) if os.path.isdir(folder) else []

    def document(self, snapshot: str) -> dict:
        with open(f"{self.home}/repository/snapshots/{snapshot}.json") as file:
            return json.load(file)

    def adopt(self, state: dict[str, dict], at_least: int = 0, at_most: int = 1) -> list[str]:
        new = sorted(set(self.there()) - set(self.known))
        assert at_least <= len(new) <= at_most, f"{len(new)} new snapshots"
        for snapshot in new:
            parts = self.document(snapshot)["components"]
            with open(f"{self.home}/oracle/{snapshot}.json", "w") as file:
                # What the stack itself was made of has a component of its own.
                json.dump({name: state[name] for name in parts if name in state}, file)
        self.known += new
        return new

    # --- One night ------------------------------------------------------------------------------

    def night(self, number: int):
        self.advance(DAY + self.chance.randrange(-1800, 1800))
        if self.chance.random() < 0.06:
            self.count("nights left out")
            self.advance(DAY * self.chance.randrange(1, 5))
        if self.chance.random() < 0.1:
            self.set_tag(f"t{number}")
        self.stack.change()
        self.failed = not self.back_up_tonight(self.live())
        if self.known and self.chance.random() < 0.15:
            newest = self.newest()
            self.expect(self.recover("verify", newest, "--level", self.chance.choice(("full", "deep"))), 0)
            self.verified.add(newest)
        if self.chance.random() < 0.1:
            self.bring_back()
        self.prune(number)

    def newest(self) -> str:
        return max(self.there(), key=lambda one: (self.document(one)["seq"], one))

    def back_up_tonight(self, state: dict[str, dict]) -> bool:
        """Whether it has published a snapshot and said so."""
        roll = self.chance.random()
        reason = self.chance.choice(("nightly",) * 8 + ("pre-deploy", "manual"))
        arguments = ["backup", "--reason", reason]
        if roll < 0.08:
            arguments.append(self.chance.choice(("files", "memory")))
        if roll < 0.80:
            self.expect(self.recover(*arguments), 0)
            self.adopt(state, at_least=1)
            return True
        if roll < 0.92:
            run = self.recover(*arguments, kill_after=moment(self.chance, self.usual_seconds["backup"]))
            self.adopt(state)
        else:
            run = self.start(*arguments, more=self.disk_full("backup")).wait()
            self.count(f"disk full: backup, {run.status}")
            assert run.status in (0, 1, 3, 13), run
            new = self.adopt(state)
            assert new or run.status not in (0, 3), run
        # What the run itself could say last is said by its note.
        return not os.path.exists(f"{self.home}/state/unpublished-backup")

    def note_shrunken(self):
        """What a backup pinned itself: the snapshot before one that shrank to less than half."""
        for name in files(f"{self.home}/repository/facts/pins"):
            with open(f"{self.home}/repository/facts/pins/{name}") as file:
                pin = json.load(file)
            if pin["subject"] not in self.pinned:
                assert pin["detail"].startswith("shrunk since: "), pin
                self.pinned.add(pin["subject"])
                self.count("pinned before a shrunken one")

    def expected(self) -> set[str]:
        self.note_shrunken()
        found = []
        for snapshot in self.there():
            document = self.document(snapshot)
            found.append({
                "id": snapshot, "seq": document["seq"], "taken_at": int(datetime.fromisoformat(document["started_at"]).timestamp()),
                "reason": document["reason"], "tag": document.get("tag"), "complete": document["complete"],
                "full": document["scope"] == "full", "damaged": False, "verified": snapshot in self.verified,
                "pinned": snapshot in self.pinned, "in_use": False,
            })
        deployed = {self.tag} | {one["tag"] for one in found if one["pinned"] and one["tag"]}
        kept = retention_oracle.decide(self.policy, found, self.now, ZoneInfo(ZONE), deployed)
        return {one for one, rules in kept.items() if rules}

    def prune(self, number: int):
        if self.failed:
            self.expect(self.recover("prune", "--yes"), 27)
            self.count("prune refused after a failed backup")
            return
        before, wanted, roll = set(self.there()), self.expected(), self.chance.random()
        if roll < 0.12:
            self.recover("prune", "--yes", kill_after=moment(self.chance, 0.15))
        elif roll < 0.18:
            run = self.start("prune", "--yes", more=self.disk_full("prune")).wait()
            self.count(f"disk full: prune, {run.status}")
            assert run.status in (0, 1, 13), run
        middle = set(self.there())
        assert wanted <= middle <= before, f"a prune that was stopped removed {wanted - middle}"
        self.expect(self.recover("prune", "--yes", watch=number % 10 == 0), 0)
        self.prunes.append(self.runs[-1] | {"night": number})
        after = set(self.there())
        assert after == wanted, f"kept {sorted(after - wanted)} too many and lost {sorted(wanted - after)}"
        self.count("prunes compared with the oracle")
        self.known = [one for one in self.known if one in after]

    def bring_back(self):
        """A snapshot that was forgotten not long ago comes back, and is pinned."""
        recent = []
        for name in files(f"{self.home}/repository/forgotten"):
            with open(f"{self.home}/repository/forgotten/{name}") as file:
                note = json.load(file)
            if self.now - datetime.fromisoformat(note["at"]).timestamp() < 6 * DAY:
                recent.append(name.removesuffix(".json"))
        recent = sorted(set(recent) - set(self.there()))
        if not recent or self.returned > 4:
            return
        chosen = self.chance.choice(recent)
        self.expect(self.recover("undelete", chosen), 0)
        self.known.append(chosen)
        self.pinned.add(chosen)
        self.returned += 1
        self.restore_and_compare(chosen)

    def restore_and_compare(self, snapshot: str):
        target = f"{self.home}/out"
        self.expect(self.recover("restore", "--snapshot", snapshot, "--to", target), 0)
        self.compare(snapshot, {name: f"{target}/{name}" for name in self.oracle(snapshot)})
        shutil.rmtree(target)
        self.count("snapshots restored and compared")

    def prove(self):
        for snapshot in self.there():
            self.restore_and_compare(snapshot)
        self.expect(self.recover("verify", "--all", "--level", "deep"), 0)
        self.verified |= set(self.there())

    def tighten(self):
        """A policy that keeps less asks once."""
        self.policy = TIGHT
        self.configure()
        lost = set(self.there()) - self.expected()
        run = self.recover("prune", "--yes")
        if lost:
            self.expect(run, 26)
            self.expect(self.recover("prune", "--yes", "--confirm", "soak/retention"), 0)
            self.count("tighter policies confirmed")
        self.expect(self.recover("prune", "--yes"), 0)

    # --- How large it is ------------------------------------------------------------------------

    @staticmethod
    def packs(repository: str) -> int:
        """What packs, documents and the index take, without what is condemned."""
        condemned = set()
        for name in files(f"{repository}/condemned"):
            with open(f"{repository}/condemned/{name}") as file:
                condemned |= {pack["name"] for pack in json.load(file)["packs"]}
        total = 0
        for kind in ("packs", "meta", "index", "snapshots"):
            for folder, _, names in os.walk(f"{repository}/{kind}"):
                for name in names:
                    path = f"{folder}/{name}"
                    total += 0 if os.path.relpath(path, repository) in condemned else os.path.getsize(path)
        return total

    def fresh(self) -> int:
        """The size of a repository that never held anything but the kept snapshots."""
        place = f"{self.home}/fresh"
        shutil.rmtree(place, ignore_errors=True)
        os.makedirs(place)
        data = f"{place}/data"
        with open(f"{place}/recover.yaml", "w") as file:
            file.write(
                f"version: 1\nstack: soak\nrepository: {place}/repository\nstate: {place}/state\n"
                f"components:\n  files: {data}/files\n  memory: {data}/memory\n  rbac: {data}/rbac\n"
            )
        os.chmod(f"{place}/recover.yaml", 0o600)
        own = ("-c", f"{place}/recover.yaml")
        self.expect(self.recover(*own, "init"), 0)
        for snapshot in sorted(self.there(), key=lambda one: (self.document(one)["seq"], one)):
            parts = [name for name in COMPONENTS if name in self.document(snapshot)["components"]]
            shutil.rmtree(data, ignore_errors=True)
            self.expect(self.recover("restore", "--snapshot", snapshot, "--to", data), 0)
            self.expect(self.recover(*own, "backup", *parts), 0)
        return self.packs(f"{place}/repository")


def growth(runs: list[dict], key: str) -> tuple[float, float]:
    values = [run[key] for run in runs if key in run]
    part = max(1, len(values) // 10)
    return statistics.median(values[:part]), statistics.median(values[-part:])


def main() -> int:
    seed, home = int(os.environ["TORTURE_SEED"]), os.path.realpath(os.environ["TORTURE_STATE"]) + "/nights"
    is_slice = bool(os.environ.get("TORTURE_SLICE"))
    count = int(os.environ.get("NIGHTS", "60" if is_slice else "400"))
    shutil.rmtree(home, ignore_errors=True)
    os.makedirs(home)
    nights, began = Nights(home, random.Random(seed)), time.monotonic()
    nights.make()
    for number in range(1, count + 1):
        try:
            nights.night(number)
            if number == count // 2:
                while nights.failed:
                    nights.failed = not nights.back_up_tonight(nights.live())
                nights.tighten()
            if number % 50 == 0 or number == count:
                nights.prove()
                print(f"night {number}: {len(nights.there())} snapshots, {nights.packs(home + '/repository')} bytes", flush=True)
        except Exception as error:
            print(f"FAILED in night {number} of seed {seed}; all is left in {home}: {error!r}"[:6000])
            raise
    size, fresh = nights.packs(f"{home}/repository"), nights.fresh()
    memory, descriptors = growth(nights.prunes, "kib"), growth(nights.prunes, "descriptors")
    line = {
        "group": "nights", "seed": seed, "nights": count, "seconds": round(time.monotonic() - began, 1),
        "kept": len(nights.there()), "bytes": size, "fresh_bytes": fresh, "share": round(size / fresh, 3),
        "prune_kib": memory, "prune_descriptors": descriptors, **dict(sorted(nights.counts.items())),
    }
    with open(os.environ["TORTURE_FIGURES"], "a") as file:
        file.write(json.dumps(line) + "\n")
    print(json.dumps(line))
    wrong = []
    if size > SIZE_LIMIT * fresh:
        wrong.append(f"the repository takes {size} bytes, a fresh one {fresh}")
    if memory[1] > 1.5 * memory[0] + 8192 or descriptors[1] > DESCRIPTOR_LIMIT:
        wrong.append(f"what a prune takes has grown: {memory} KiB, {descriptors} descriptors")
    if wrong:
        print(f"FAILED seed {seed}; all is left in {home}: " + "; ".join(wrong))
        return 1
    print(f"{count} nights as they should be")
    if is_slice:
        shutil.rmtree(home)
    return 0


sys.exit(main())
