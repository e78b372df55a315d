"""What else happens to a process: signals, a parent that goes away, output that nobody takes, disks that
fill up. After each the same must hold as after a failed call."""

import os
import random
import select
import signal
import subprocess
import threading
import time
from collections import Counter
from typing import Callable

import faults
from flows import DONE, FLOWS, Flow
from stack import Run, Stack

MEBIBYTE = 1 << 20


class Surroundings:
    """Draws what happens, tries it, and counts by kind."""

    def __init__(self, stack: Stack, plan: faults.Plan, chance: random.Random, is_slice: bool):
        self.stack, self.plan, self.chance, self.is_slice = stack, plan, chance, is_slice
        self.counts: Counter = Counter()
        self.failures: list[str] = []
        self.flows = {flow.name: flow for flow in FLOWS}
        self.lengths: dict[str, int] = {}

    def note(self, kind: str, what: str, wrong: list[str]):
        self.counts[kind] += 1
        if wrong:
            self.failures.append(f"FAILED {kind}: {what}: " + "; ".join(wrong))
            print(self.failures[-1][:3000], flush=True)

    def length(self, flow: Flow) -> int:
        if flow.name not in self.lengths:
            self.stack.load(flow.template)
            self.stack.run(*flow.arguments(self.stack), environment=self.plan.counting(flow.refused))
            self.lengths[flow.name] = len(self.plan.calls())
        return self.lengths[flow.name]

    # --- Signals ------------------------------------------------------------------------------

    def signals(self):
        """A signal just before a call that was drawn; twice means a second at the next call."""
        for kind, codes in (("SIGINT", (0, 3, 130)), ("SIGTERM", (0, 3, 143)), ("SIGHUP", (0, 3, 130)), ("SIGSTOP", (0,))):
            for times in (1, 2) if kind != "SIGSTOP" else (1,):
                flow = self.chance.choice(FLOWS)
                number = self.chance.randint(1, self.length(flow))
                self.stack.load(flow.template)
                environment = self.plan.hitting(number, kind, number + times - 1, flow.refused)
                over = threading.Event()
                waker = threading.Thread(target=self._wake, args=(over,))
                if kind == "SIGSTOP":
                    waker.start()
                run = self.stack.run(*flow.arguments(self.stack), environment=environment)
                over.set()
                wrong = ["it hangs"] if run.hung else []
                if run.code not in codes:
                    wrong.append(f"it ended with {run.code}: {run.errors[-400:]}")
                # The second one ends it at once: like a kill it may leave what later runs name.
                seen = Run(-9, run.out, run.errors, run.seconds) if times == 2 and run.code > 3 else run
                wrong += flow.check(self.stack, seen)
                self.note("signal", f"{kind} x{times} at call {number} of {flow.name}", wrong)

    def _wake(self, over: threading.Event):
        """Lets a stopped program go on, whenever it comes to stop."""
        while not over.wait(0.3):
            self.stack.process.send_signal(signal.SIGCONT)

    def orphan(self):
        """The parent dies, and with it whoever read the output: the backup still comes to its end."""
        self.stack.load("template-parent")
        # Its end is the end of what it holds open: how late it begins is the machine's business.
        ended, held = os.pipe()
        parent = subprocess.Popen(
            ["setsid", "sh", "-c", '"$0" --no-progress backup 2>/dev/null & exec sleep 60', self.stack.recover],
            cwd=self.stack.home,
            stdout=subprocess.PIPE,
            pass_fds=(held,),
        )
        os.close(held)
        time.sleep(self.chance.uniform(0.005, 0.03))
        parent.kill()
        parent.stdout.close()
        wrong = [] if select.select([ended], [], [], 20)[0] else ["the orphan never ends"]
        os.close(ended)
        parent.wait()
        flow = self.flows["backup-changed"]
        self.note("orphan", "backup", wrong + flow.check(self.stack, Run(-9, "", "", 0)))

    # --- Output -------------------------------------------------------------------------------

    def output(self):
        """Nobody takes the result: full disk, closed descriptor, a reader that left."""
        first = self.stack.first
        commands = (
            ("--version",), ("help",), ("list",), ("list", "--json"), ("show", first), ("manifest", first),
            ("config", "show"), ("verify",), ("--no-progress", "backup"), ("backup", "--json"),
            ("restore", "--snapshot", first, "--to", self.stack.at("out")),
            ("export", first, "notes", "-o", self.stack.at("out.tar.gz")),
            ("completion", "bash"), ("diff", first, first),
        )
        for arguments in commands:
            ways = ("full", "closed", "pipe", "all closed")
            for way in ways if "backup" in arguments or not self.is_slice else (self.chance.choice(ways),):
                self.stack.load("template-parent")
                run = self._into(way, arguments)
                # Data of any size may be left by its reader, as by head.
                may_leave = way == "pipe" and arguments[0] in ("manifest", "--version", "help", "completion")
                wrong = [] if run.code != 0 or may_leave else ["its result is lost and it ended with 0"]
                if run.code not in (1, 3) and not may_leave:
                    wrong.append(f"it ended with {run.code}")
                if way in ("full", "closed") and "standard output cannot be written" not in run.errors:
                    wrong.append(f"it does not say so: {run.errors[-300:]}")
                if os.path.getsize(self.stack.at("state", "lock")):
                    wrong.append("it wrote into the lock file")
                if "backup" in arguments:
                    if len(self.stack.snapshots()) != 2:
                        wrong.append("the snapshot is not there")
                    for snapshot in self.stack.snapshots() - {first}:
                        wrong += self.stack.restored(snapshot, "two")
                self.note("output", f"{' '.join(arguments)}, {way}", wrong)

    def _into(self, way: str, arguments: tuple[str, ...]) -> Run:
        if way == "full":
            with open("/dev/full", "w") as full:
                return self.stack.run(*arguments, stdout=full)
        if way == "pipe":
            reader, writer = os.pipe()
            os.close(reader)
            try:
                return self.stack.run(*arguments, stdout=writer)
            finally:
                os.close(writer)
        closed = ">&-" if way == "closed" else "<&- >&- 2>&-"
        return self.stack.run(*arguments, before=("sh", "-c", f'exec "$0" "$@" {closed}'))

    # --- Full disks ---------------------------------------------------------------------------

    def full(self, kind: str, flow: Flow, place: str, codes: tuple[int, ...]):
        """One command while `place` has only a little room, then the same checks with room again."""
        self.stack.load(flow.template)
        folder = self.stack.at(place)
        os.makedirs(folder, exist_ok=True)
        aside = folder.rstrip("/") + ".aside"
        os.rename(folder, aside)
        os.mkdir(folder, 0o755)
        image = os.path.join(self.stack.root, "image")
        if kind == "tmpfs":
            mount = ["-t", "tmpfs", "-o", "size=64m", "tmpfs"]
        else:
            with open(image, "wb") as file:
                file.truncate(48 * MEBIBYTE)
            # Blocks as large as pages, as disks of today have them. With smaller ones SQLite itself
            # dies of SIGBUS on a full disk: it reserves its -shm by one byte a page.
            subprocess.run(["mkfs.ext4", "-q", "-b", "4096", "-O", "^has_journal", image], check=True)
            mount = ["-o", "loop", image]
        subprocess.run(["mount", *mount, folder], check=True)
        try:
            subprocess.run(["cp", "-a", aside + "/.", folder], check=True)
            subprocess.run(["rm", "-rf", aside], check=True)
            room = self.chance.randint(0, 120) * 4096
            if kind == "ext4":
                os.rmdir(os.path.join(folder, "lost+found"))
            with self._fill(folder, room):
                run = self.stack.run(*flow.arguments(self.stack))
            wrong = ["it hangs"] if run.hung else []
            if run.code not in codes:
                wrong.append(f"it ended with {run.code}: {run.errors[-400:]}")
            if run.code not in DONE and "No space left" not in run.errors and "room" not in run.errors:
                wrong.append(f"it does not say that the disk is full: {run.errors[-400:]}")
            wrong += flow.check(self.stack, run)
            self.note(kind, f"{flow.name} with {room} bytes of room at {place}", wrong)
        finally:
            subprocess.run(["umount", folder], check=True)

    @staticmethod
    def _fill(folder: str, room: int):
        """A file without a name that leaves only so much, until it is closed."""
        path = os.path.join(folder, "ballast")
        file = open(path, "w+b", buffering=0)
        os.unlink(path)
        try:
            while True:
                file.write(b"\1" * 65536)
        except OSError:
            pass
        file.truncate(max(0, os.fstat(file.fileno()).st_size - room))
        os.fsync(file.fileno())
        return file

    def disks(self):
        cases = (
            ("backup-first", "repository", (0, 13)),
            ("backup-changed", "repository", (0, 13)),
            ("backup-changed", "state", (0, 1, 3)),
            ("import", "repository", (0, 13)),
            ("import", "state", (0, 1)),
            ("restore-to", "out", (0, 1)),
            ("restore-in-place", "data", (0, 1)),
            ("restore-in-place", "state", (0, 1)),
            ("verify", "repository", (0, 1, 13)),
        )
        for kind in ("tmpfs", "ext4"):
            name, place, codes = self.chance.choice(cases)
            self.full(kind, self.flows[name], place, codes)


def can_mount() -> bool:
    """Whether this process is in a world of mounts of its own, as scripts/torture.d/process tries."""
    return os.environ.get("TORTURE_MOUNTS") == "1"


def run(stack: Stack, plan: faults.Plan, chance: random.Random, seconds: float) -> tuple[Counter, list[str]]:
    """Everything once, then what is drawn, as long as there is time; none is the slice."""
    until = time.monotonic() + seconds
    around = Surroundings(stack, plan, chance, seconds == 0)
    steps: list[Callable[[], None]] = [around.output]
    repeated: list[Callable[[], None]] = [around.signals, around.orphan]
    if can_mount():
        repeated.append(around.disks)
    else:
        print("no full disks: this process may not mount")
    for step in steps + repeated:
        step()
    while time.monotonic() < until:
        chance.choice(repeated)()
    return around.counts, around.failures
