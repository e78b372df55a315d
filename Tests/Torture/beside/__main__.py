"""Backups beside prunes: stopped at each of their steps for a week, and three at once for minutes.

A backup is stopped before one of its changing calls, or of those that take a lock; two prunes, each eight days later by a clock of
ours, run to their end; then it goes on. It fails and says so, or its snapshot restores. Then three
stacks are backed up into one repository while everything unneeded is deleted in a loop.

Environment: RECOVER, TORTURE_SECONDS, TORTURE_SEED, TORTURE_FIGURES, TORTURE_SLICE, and BESIDE, which
of the two parts to play, `stopped` or `together`; without it each has half of the time.
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

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE)]

import faults  # noqa: E402
from stack import Stack  # noqa: E402

DAY = 86_400
# Between the birth of a draft and its lock nothing tells it from what a dead process left.
LOCKS = {"FAULT_LOCKS": "1"}


class Clock:
    """What the program takes for the present."""

    def __init__(self, folder: str):
        self.library, self.path = f"{folder}/clock.so", f"{folder}/clock"
        source = os.path.join(os.path.dirname(HERE), "live", "clock.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self.library, source], check=True)
        self.set(0)

    def set(self, offset: int):
        with open(self.path, "wb") as file:
            file.write(offset.to_bytes(8, "little", signed=True))

    @property
    def environment(self) -> dict[str, str]:
        return {"LD_PRELOAD": self.library, "LIVE_CLOCK": self.path}


class Stopped:
    """One point after the other at which a backup stands still."""

    def __init__(self, root: str, recover: str):
        self.stack = Stack(f"{root}/one", recover)
        self.clock = Clock(root)
        self.plan = faults.Plan(faults.build(root), f"{root}/faults.log")
        self.refused = self.restored = self.not_reached = 0
        stack = self.stack
        os.makedirs(stack.home)
        stack.make()
        with open(stack.at("recover.yaml"), "a") as file:
            file.write("retention: {keep: {last: 1}}\n")
        with open(stack.at("recover.yaml")) as file, open(stack.at("other.yaml"), "w") as other:
            # The backup holds its stack's lock; a prune of another machine does not know it.
            other.write(file.read().replace(stack.at("state"), stack.at("other-state")))
        os.chmod(stack.at("other.yaml"), 0o644)
        assert stack.run("init").code == 0
        self.days = {}
        for number in range(5):
            stack.age(number)
            stack.remember(f"day {number}")
            self.days[stack.backup()] = f"day {number}"
        # Data of an old day comes back: what it leans on is what a prune finds unneeded.
        stack.age(0)
        stack.remember("old again")
        killed = stack.run("--no-progress", "backup", environment=self.plan.hitting(60, "KILL"))
        assert killed.code == -9, killed
        stack.save("template-stopped")

    def count(self) -> int:
        self.stack.load("template-stopped")
        run = self.stack.run("--no-progress", "backup", environment=self.plan.counting() | LOCKS)
        assert run.code == 0, run
        return len(self.plan.calls())

    def attempt(self, number: int) -> list[str]:
        stack = self.stack
        stack.load("template-stopped")
        self.clock.set(0)
        environment = self.plan.hitting(number, "SIGSTOP") | LOCKS
        environment["LD_PRELOAD"] += " " + self.clock.library
        environment["LIVE_CLOCK"] = self.clock.path
        found = []
        runner = threading.Thread(target=lambda: found.append(stack.run("--no-progress", "backup", environment=environment)))
        # Of the run before this one nothing is to be asked.
        stack.process = None
        runner.start()
        while (process := stack.process) is None and runner.is_alive():
            time.sleep(0.005)
        wrong = []
        if not self.stands(process):
            runner.join()
            self.not_reached += 1
            return [] if found[0].code == 0 else [f"never stopped and ended with {found[0].code}: {found[0].errors[-300:]}"]
        # In the prunes' clock each is a week later; the backup's own goes on where it stood.
        for weeks in (1, 2):
            own = Clock.__new__(Clock)
            own.library, own.path = self.clock.library, self.clock.path + "-later"
            own.set(weeks * 8 * DAY)
            other = own.environment | {"RECOVER_STATE": stack.at("other-state")}
            prune = Stack.run(_Other(stack), "-c", stack.at("other.yaml"), "prune", "--yes", environment=other)
            if prune.code != 0 or prune.seconds > 30:
                wrong.append(f"a prune beside it ended with {prune.code}: {prune.errors[-400:]}")
        if process.poll() is None:
            os.kill(process.pid, signal.SIGCONT)
        runner.join()
        run = found[0]
        if run.code == 0:
            self.restored += 1
            wrong += stack.restored(stack.named(run), "old again")
        else:
            self.refused += 1
            if run.code < 0 or "State now: " not in run.errors:
                wrong.append(f"it ended with {run.code} and does not say why: {run.errors[-400:]}")
        for snapshot in sorted(stack.snapshots() & set(self.days)):
            wrong += stack.restored(snapshot, self.days[snapshot])
        for arguments in (("verify", "--all", "--level", "deep"), ("--no-progress", "backup")):
            after = stack.run(*arguments)
            if after.code != 0:
                wrong.append(f"{arguments} afterwards: {after.code} {after.out[-300:]} {after.errors[-300:]}")
        return wrong

    @staticmethod
    def stands(process: subprocess.Popen) -> bool:
        """Whether it is stopped before it ends."""
        for _ in range(2000):
            if process.poll() is not None:
                return False
            with open(f"/proc/{process.pid}/stat") as file:
                if file.read().rsplit(")", 1)[1].split()[0] == "T":
                    return True
            time.sleep(0.005)
        raise AssertionError("it neither stops nor ends")


class _Other:
    """The same stack for a second program beside one that stands still."""

    def __init__(self, stack: Stack):
        self.root, self.recover, self.home, self.at = stack.root, stack.recover, stack.home, stack.at
        self.process = None


class Sharing(Stack):
    """A stack whose repository others use, too."""

    def run(self, *arguments: str, environment=None, **options):
        shared = {"RECOVER_REPOSITORY": os.path.join(os.path.dirname(self.root), "repository")}
        return super().run(*arguments, environment=shared | (environment or {}), **options)


class Together:
    """Stacks in one repository, each with the states that its snapshots must restore."""

    def __init__(self, root: str, recover: str, count: int):
        self.stacks = [Sharing(f"{root}/stack-{number}", recover) for number in range(count)]
        self.taken: list[dict[str, str]] = [{} for _ in self.stacks]
        self.wrong: list[str] = []
        self.restored = 0
        self.counts = {"backups": 0, "prunes": 0, "refused": 0}
        self.lock = threading.Lock()
        repository = f"{root}/repository"
        for number, stack in enumerate(self.stacks):
            os.makedirs(stack.home)
            stack.make()
            path = stack.at("recover.yaml")
            with open(path) as file:
                text = file.read().replace(f"repository: {stack.at('repository')}", f"repository: {repository}")
            with open(path, "w") as file:
                file.write(text.replace("stack: test", f"stack: s{number}") + f"retention: {{keep: {{last: {self.kept(number)}}}}}\n")
            assert stack.run("init").code == 0

    @staticmethod
    def kept(number: int) -> int:
        """Two stacks leave much behind; of the third everything stays and must come back."""
        return 10_000 if number == 2 else 4

    def note(self, what: str):
        with self.lock:
            self.counts[what] += 1

    def back_up(self, number: int, until: float):
        stack, step = self.stacks[number], 0
        while time.monotonic() < until and not self.wrong:
            step += 1
            stack.age(step % 7)
            stack.remember(f"step {step}")
            run = stack.run("--no-progress", "--json", "backup")
            if run.code == 0:
                self.taken[number][json.loads(run.out)["data"]["snapshot"]] = f"step {step}"
                self.note("backups")
            elif "vanished" in run.errors or "revoked" in run.errors:
                self.note("refused")
            else:
                self.wrong.append(f"a backup ended with {run.code}: {run.out[-300:]} {run.errors[-600:]}")
            if step % 3 == 0:
                self.prune(stack, number, "--yes")

    def prune(self, stack, number: int, *arguments: str):
        run = stack.run("prune", *arguments)
        self.note("prunes")
        # A snapshot that another prune has just forgotten, a pack that it has just deleted.
        if run.code not in (0, 11, 27):
            self.wrong.append(f"prune {arguments} of stack {number} ended with {run.code}: {run.errors[-600:]}")

    def prune_all(self, until: float):
        while time.monotonic() < until and not self.wrong:
            self.prune(self.stacks[0], 0, "--now", "--confirm", "s0/prune")

    def run(self, seconds: float) -> list[str]:
        until = time.monotonic() + seconds
        threads = [threading.Thread(target=self.back_up, args=(number, until)) for number in range(len(self.stacks))]
        threads.append(threading.Thread(target=self.prune_all, args=(until,)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for number, stack in enumerate(self.stacks):
            listed = stack.run("list", "--ids").out.split()
            newest = list(self.taken[number])[-self.kept(number):]
            self.wrong += [f"stack {number}: {one} is gone" for one in newest if one not in listed]
            for snapshot in listed:
                if snapshot in self.taken[number]:
                    self.restored += 1
                    self.wrong += stack.restored(snapshot, self.taken[number][snapshot])
        proof = self.stacks[0].run("verify", "--all", "--level", "deep")
        if proof.code != 0:
            self.wrong.append(f"verify afterwards: {proof.code} {proof.out[-600:]}")
        return self.wrong


def main() -> int:
    seed, seconds = int(os.environ["TORTURE_SEED"]), float(os.environ["TORTURE_SECONDS"])
    seconds = min(seconds, 40) if os.environ.get("TORTURE_SLICE") else seconds
    began, chance, root = time.monotonic(), random.Random(seed), tempfile.mkdtemp(prefix="recover-beside-")
    recover = os.environ["RECOVER"]
    parts = os.environ.get("BESIDE", "stopped together").split()
    share = seconds / len(parts)
    wrong, line = [], {"group": "beside", "seed": seed}
    try:
        if "stopped" in parts:
            stopped, tried = Stopped(root, recover), 0
            points = list(range(1, stopped.count() + 1))
            for number in chance.sample(points, len(points)):
                if time.monotonic() - began > share and tried >= 5:
                    break
                found = stopped.attempt(number)
                tried += 1
                if found:
                    wrong.append(f"stopped before call {number}: " + "; ".join(found))
                    print("FAILED " + wrong[-1][:3000], flush=True)
            line |= {
                "calls": len(points), "stopped": tried, "restored": stopped.restored, "refused": stopped.refused,
                "not_reached": stopped.not_reached,
            }
        if "together" in parts:
            together = Together(f"{root}/together", recover, 3)
            for problem in together.run(max(10, seconds - (time.monotonic() - began))):
                wrong.append(problem)
                print("FAILED together: " + problem[:3000], flush=True)
            if not together.counts["backups"]:
                wrong.append("no backup beside the others came to its end")
            counts = together.counts
            line |= {"backups": counts["backups"], "prunes": counts["prunes"], "refused_together": counts["refused"], "restored_together": together.restored}
        line |= {"seconds": round(time.monotonic() - began, 1), "failures": len(wrong)}
        with open(os.environ["TORTURE_FIGURES"], "a") as file:
            file.write(json.dumps(line) + "\n")
        print(json.dumps(line))
        return 1 if wrong else 0
    finally:
        if not wrong:
            shutil.rmtree(root, ignore_errors=True)


sys.exit(main())
