"""Backups under a clock that jumps, of files with every time that a file system can hold.

Only the clock of the program moves; the kernel's own, by which it stamps changes, stays.
"""

import os
import random
import shutil
import subprocess
import time

from soak import oracle
from soak.cycle import Soak
from soak.program import Started

YEAR = 31_556_952
# From now, so that the program lives in 1965, 2038, 2262 and 9999, too.
OFFSETS = (0, 0, 10 * YEAR, -10 * YEAR, -61 * YEAR, 2_147_483_640 - 1_795_266_000, 235 * YEAR, 7973 * YEAR, 3600, -1, 1)
SECONDS = (-9_999_999_999, -2_145_916_801, -1, 0, 2_147_483_648, 4_294_967_296, 9_223_372_036, 9_223_372_037, 253_402_300_799)


class ClockedSoak(Soak):
    """A soak whose programs read a clock of ours."""

    environment: dict[str, str] = {}

    def start(self, *arguments: str) -> Started:
        return Started(arguments, self.home, {"TMPDIR": f"{self.home}/temporary", **self.environment})


class Clocks:
    """One stack, backed up at many times."""

    name = "clocks"

    def __init__(self, home: str, chance: random.Random):
        self.home, self.chance = home, chance
        self.soak = ClockedSoak(home, chance)

    def prepare(self):
        here = os.path.dirname(os.path.abspath(__file__))
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", f"{self.home}/clock.so", f"{here}/clock.c"], check=True)
        self.clock = os.open(f"{self.home}/clock", os.O_RDWR | os.O_CREAT, 0o600)
        self.set_clock(0)
        self.soak.environment = {"LD_PRELOAD": f"{self.home}/clock.so", "LIVE_CLOCK": f"{self.home}/clock"}

    def set_clock(self, offset: int):
        os.pwrite(self.clock, offset.to_bytes(8, "little", signed=True), 0)

    def run(self, seconds: float):
        self.prepare()
        self.soak.make()
        self.prove_clock()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.round()
        os.close(self.clock)

    def prove_clock(self):
        """A clock that does not move would prove nothing."""
        self.set_clock(10 * YEAR)
        run = self.soak.expect(self.soak.recover("backup", "--json"), 0)
        self.soak.adopt(self.soak.live(), at_least=1)
        year = int(run.document["data"]["snapshot"][:4])
        if year < time.gmtime().tm_year + 9:
            raise AssertionError(f"the program lives in {year}")

    def round(self):
        soak = self.soak
        soak.stack.change()
        self.set_times()
        state = soak.live()
        self.set_clock(self.chance.choice(OFFSETS))
        started = soak.start("backup", "--json")
        if self.chance.random() < 0.5:
            for _ in range(self.chance.randrange(1, 4)):
                if started.is_over(self.chance.random() * 0.02):
                    break
                self.set_clock(self.chance.choice(OFFSETS))
                soak.count("clock set during a backup")
        run = soak.expect(started.wait(), 0)
        soak.count("backup")
        new = soak.adopt(state, at_least=1)
        # Right after the backup, most likely in the same tick of the clock of files.
        if self.chance.random() < 0.5:
            soak.stack.overwrite_secretly()
            again = soak.live()
            soak.expect(soak.recover("backup"), 0)
            new = soak.adopt(again, at_least=1)
        self.set_clock(self.chance.choice(OFFSETS))
        last = soak.expect(soak.recover("list", "--ids"), 0).output.split()[-1]
        if last != new[0]:
            raise AssertionError(f"{last} and not {new[0]} is listed as the newest")
        target = f"{self.home}/out"
        soak.expect(soak.recover("restore", "--snapshot", "latest", "--to", target), 0)
        soak.compare(new[0], {name: f"{target}/{name}" for name in soak.oracle(new[0])})
        shutil.rmtree(target)
        soak.restore(soak.some_snapshot(), False)
        soak.expect(soak.recover("show", new[0]), 0)

    def set_times(self):
        """Times far away, for files and databases."""
        for path in (self.soak.stack.some(), f"{self.home}/memory/turns.db", f"{self.home}/rbac/security.db"):
            if path and self.chance.random() < 0.4:
                seconds = self.chance.choice(SECONDS)
                os.utime(path, ns=(0, seconds * 1_000_000_000 + self.chance.choice((0, 1, 999_999_999))))
                self.soak.count("times set")

    def figures(self) -> dict:
        return self.soak.counts
