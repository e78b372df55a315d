"""Faults: what goes wrong, for which requests, and how often."""
import os
import re
import signal
import threading
import time

from .answers import TEXT, Answer

KINDS = {
    "status": "answer `status` with `text` or `json`; `early`: before the body is read, then close at once",
    "reset": "close the connection without an answer",
    "stall": "send nothing for `seconds`, not even the head",
    "pause": "send nothing for `seconds` after `after` bytes of the body",
    "slow": "do what was asked, then wait `seconds` before the answer",
    "cut": "end the body after `bytes`, or after `members` of an archive; `how`: end (as if complete) or reset",
    "empty": "answer 200 with no bytes at all",
    "flip": "invert the byte at `at` of the body",
    "rate": "send at most `bytes_per_second`",
    "checksum": "give a wrong checksum in the answers that describe snapshots",
    "lose": "answer an upload to a shard with 200, and load nothing of it",
    "disk_full": "no space left: creating a snapshot fails and leaves nothing",
    "kill": "SIGKILL this server at `step`: create.begin, create.stored, upload.received, recover.unpacked, "
            "recover.cleared, recover.loaded, or body (after `bytes` of it)",
}


class Faults:
    """A list of faults. Each has `kind`, optionally `method`, `path` (a pattern), `skip` and `times` (1; 0: for ever)."""

    def __init__(self):
        self._lock = threading.Lock()
        self._list = []

    def add(self, fault):
        if fault.get("kind") not in KINDS:
            raise ValueError(f"no fault {fault.get('kind')}; there are {', '.join(KINDS)}")
        with self._lock:
            unit = {"unit": "members" if "members" in fault else "bytes"} if fault["kind"] == "cut" else {}
            self._list.append({"times": 1, "skip": 0, "hits": 0} | unit | fault)

    def clear(self):
        with self._lock:
            self._list = []

    def listed(self):
        with self._lock:
            return [dict(one) for one in self._list]

    def take(self, method, path, *kinds, **fields):
        """The first fault of these kinds that is due for a request, counted as used; None when none is."""
        with self._lock:
            for fault in self._list:
                if fault["kind"] not in kinds or any(fault.get(key) != value for key, value in fields.items()):
                    continue
                if fault.get("method", method) != method or not re.search(fault.get("path", ""), path):
                    continue
                fault["hits"] += 1
                if fault["hits"] <= fault["skip"]:
                    continue
                if fault["times"] and fault["hits"] > fault["skip"] + fault["times"]:
                    continue
                return fault
        return None

    def due_members(self, method, path):
        """How many members of an archive may be sent; None for all."""
        fault = self.take(method, path, "cut", unit="members")
        return fault and fault["members"]

    def step(self, method, path):
        """A function for the long operations to call at each of their steps."""
        def at(step):
            if self.take(method, path, "kill", step=step):
                kill()
        return at


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def fault_answer(fault):
    if "json" in fault:
        from .answers import JSON, dumped
        return Answer(fault["status"], dumped(fault["json"]), JSON)
    status = fault["status"]
    content_type = None if status in (401, 403) else TEXT
    return Answer(status, fault.get("text", "made to fail").encode(), content_type)


class Spoiled:
    """A body with the faults of its request applied. `reset` becomes true when the connection must break."""

    def __init__(self, faults, method, path, body):
        self.reset = False
        self._body = body
        self._cut = faults.take(method, path, "cut", unit="bytes")
        self._flip = faults.take(method, path, "flip")
        self._rate = faults.take(method, path, "rate")
        self._pause = faults.take(method, path, "pause")
        self._kill = faults.take(method, path, "kill", step="body")

    @property
    def active(self):
        return any((self._cut, self._flip, self._rate, self._pause, self._kill))

    def __iter__(self):
        sent = 0
        for piece in self._body:
            if self._flip and sent <= self._flip["at"] < sent + len(piece):
                place = self._flip["at"] - sent
                piece = piece[:place] + bytes([piece[place] ^ 255]) + piece[place + 1:]
            for part in self._parted(piece, sent):
                yield part
                sent += len(part)
                if self._rate:
                    time.sleep(len(part) / self._rate["bytes_per_second"])
                if self._pause and sent >= self._pause["after"]:
                    time.sleep(self._pause["seconds"])
                    self._pause = None
                if self._kill and sent >= self._kill.get("bytes", 0):
                    time.sleep(0.1)
                    kill()
            if self._cut and sent >= self._cut["bytes"]:
                self.reset = self._cut.get("how", "end") == "reset"
                return

    def _parted(self, piece, sent):
        """Splits a piece where a fault has to happen."""
        if self._cut:
            piece = piece[: max(0, self._cut["bytes"] - sent)]
        places = [one[key] - sent for one, key in ((self._pause, "after"), (self._kill, "bytes")) if one and key in one]
        places = sorted(place for place in places if 0 < place < len(piece))
        step = 64 << 10 if self._rate else len(piece) or 1
        edges = sorted({0, len(piece), *places, *range(0, len(piece), step)})
        return [piece[a:b] for a, b in zip(edges, edges[1:])]
