"""Runs the program under test as a person would, and measures what the kernel knows of the run."""

import json
import os
import random
import select
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field

PROGRAM = os.environ["RECOVER"]


@dataclass
class Run:
    """How a run ended."""

    arguments: list[str]
    status: int = 0
    output: str = ""
    errors: str = ""
    seconds: float = 0.0
    peak_kib: int = 0
    descriptors: list[int] = field(default_factory=list)

    @property
    def was_killed(self) -> bool:
        return self.status == -signal.SIGKILL

    @property
    def document(self) -> dict:
        return json.loads(self.output)

    def __str__(self) -> str:
        said = (self.output + self.errors)[-1500:]
        return f"`recover {' '.join(self.arguments)}` ended with {self.status}:\n{said}"


class Started:
    """A run that is under way; `wait` ends it."""

    def __init__(self, arguments, folder=None, environment=None, before=()):
        self.run = Run(list(arguments))
        # Files and no pipes: a killed run must never hang a reader.
        self.output, self.errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [*before, PROGRAM, *arguments],
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=self.errors,
        )
        # A descriptor of the process: no other one can ever get the signal.
        self.handle = os.pidfd_open(self.process.pid)

    @property
    def pid(self) -> int:
        return self.process.pid

    def is_over(self, seconds: float) -> bool:
        """Whether the run ends within so many seconds."""
        poll = select.poll()
        poll.register(self.handle, select.POLLIN)
        return bool(poll.poll(max(0, round(seconds * 1000))))

    def signal(self, number: int):
        signal.pidfd_send_signal(self.handle, number)

    def wait(self, kill_after: float | None = None, limit: float = 120, watch=False) -> Run:
        """Waits for the end, kills it after some seconds, and counts its open files if wanted."""
        if watch:
            while not self.is_over(0.002):
                try:
                    count = len(os.listdir(f"/proc/{self.process.pid}/fd"))
                except OSError:
                    continue
                # What is exiting has none any more.
                if count:
                    self.run.descriptors.append(count)
        elif not self.is_over(limit if kill_after is None else kill_after):
            self.signal(signal.SIGKILL)
        _, status, usage = os.wait4(self.process.pid, 0)
        self.run.seconds = time.monotonic() - self.began
        self.run.status = self.process.returncode = os.waitstatus_to_exitcode(status)
        self.run.peak_kib = usage.ru_maxrss
        for name, file in (("output", self.output), ("errors", self.errors)):
            file.seek(0)
            setattr(self.run, name, file.read().decode(errors="replace"))
            file.close()
        os.close(self.handle)
        if self.run.was_killed and kill_after is None:
            raise AssertionError(f"it did not end within {limit} s: {self.run}")
        return self.run


def recover(*arguments, folder=None, kill_after=None, watch=False, environment=None) -> Run:
    """Runs the program to its end."""
    return Started(arguments, folder, environment).wait(kill_after, watch=watch)


def moment(chance: random.Random, seconds: float) -> float:
    """A time at which to kill a run that usually takes so many seconds: early ones are likelier,
    and some come too late."""
    return chance.random() ** 1.3 * seconds * 1.25
