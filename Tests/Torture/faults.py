"""Counts the changing calls of a run, and makes exactly one of them fail, or kills at it.

The calls are met in glibc by `faults.c`; that none goes around it is proven against strace, which
sees what the kernel sees.
"""

import errno
import os
import re
import signal
import subprocess
from collections import Counter
from dataclasses import dataclass

KINDS = ("KILL", "EIO", "ENOSPC", "EDQUOT", "EINTR", "SHORT")
# Half of the bytes: only of calls that write some.
WRITES = ("write", "pwrite64", "writev", "pwritev", "copy_file_range")
TRACED = (
    "rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,mkdir,mkdirat,fsync,"
    "fdatasync,syncfs,sync_file_range,ftruncate,truncate,fallocate,write,pwrite64,writev,pwritev,pwritev2,"
    "copy_file_range,sendfile,splice,open,openat,openat2,creat,mknod,mknodat,ioctl"
)
# What tells which program a call is of.
STARTS = ("execve", "clone", "clone3", "fork", "vfork")


@dataclass(frozen=True)
class Call:
    number: int
    name: str
    target: str


def build(folder: str) -> str:
    library = os.path.join(folder, "faults.so")
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "faults.c")
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-Wall", "-Werror", "-o", library, source], check=True)
    return library


class Plan:
    """The environment of one run, and what it met."""

    def __init__(self, library: str, log: str):
        self.library, self.log = library, log

    def counting(self, refused: str = "") -> dict[str, str]:
        with open(self.log, "w"):
            pass
        more = {"FAULT_REFUSE": refused} if refused else {}
        return {"LD_PRELOAD": self.library, "FAULT_LOG": self.log} | more

    def hitting(self, number: int, kind: str, last: int | None = None, refused: str = "") -> dict[str, str]:
        if kind.startswith("SIG"):
            value = str(-getattr(signal, kind))
        else:
            value = kind if kind in ("KILL", "SHORT") else str(getattr(errno, kind))
        more = {} if last is None else {"FAULT_LAST": str(last)}
        return self.counting(refused) | {"FAULT_AT": str(number), "FAULT_KIND": value} | more

    def calls(self) -> list[Call]:
        found = []
        with open(self.log, errors="replace") as file:
            for line in file:
                number, name, target = line.rstrip("\n").split(" ", 2)
                found.append(Call(int(number), name, target))
        return sorted(found, key=lambda call: call.number)


def others(log: str) -> set[str]:
    """The processes and threads in a log of `strace -f` that are of programs which ours had started."""
    parent, others, is_first = {}, set(), True
    with open(log, errors="replace") as file:
        for line in file:
            pid, call = line.split(None, 1)
            if call.startswith("execve("):
                if not is_first:
                    others.add(pid)
                is_first = False
            made = re.search(r"\b(?:clone3?|v?fork)(?:\(| resumed).*= (\d+)$", call)
            if made:
                parent[made.group(1)] = pid
    for pid in parent:
        holder = pid
        while holder not in others and holder in parent:
            holder = parent[holder]
        if holder in others:
            others.add(pid)
    return others


def traced(log: str) -> Counter:
    """The changing calls in a log of `strace -f`, by name as `faults.c` names them."""
    found: Counter = Counter()
    foreign = others(log)
    with open(log, errors="replace") as file:
        for line in file:
            if line.split(None, 1)[0] in foreign:
                continue
            match = re.match(r"\d+ +(?:<\.\.\. )?([a-z0-9_]+)(?:\(| resumed)(.*)", line)
            if not match or " resumed>" in line:
                continue
            name, rest = match.groups()
            if name in STARTS:
                continue
            if name in ("open", "openat", "openat2", "creat"):
                if "O_CREAT" not in rest and "O_TRUNC" not in rest and name != "creat":
                    continue
                name = "openat"
            if name == "ioctl" and "FICLONE" not in rest:
                continue
            # What faults.c writes into its own log.
            if name == "write" and re.match(r"9\d\d,", rest):
                continue
            found[name] += 1
    return found


def counts(calls: list[Call]) -> Counter:
    return Counter(call.name for call in calls)


def points(calls: list[Call]) -> list[tuple[int, str]]:
    """Every call with everything that is done to it."""
    return [(call.number, kind) for call in calls for kind in KINDS if kind != "SHORT" or call.name in WRITES]
