"""Streams that end early, at every member and at any byte: never a snapshot of that component."""

import io
import tarfile
import urllib.request

from .place import Stack, Wrong

STREAM, FILE = "partial/create", "/shards/0/snapshots/notes"


def members(archive):
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return len(tar.getmembers())


class Cuts:
    """One collection, a stack that has no snapshot of it, and one that has the one before."""

    def __init__(self, server, folder, chance):
        self.server, self.chance = server, chance
        server.fill("create", "notes", points=400, dimensions=8, indexes=True)
        server.control("POST", "/settings", {"optimizing": False})
        self.first = Stack(f"{folder}/first", server.url)
        self.made = Stack(f"{folder}/made", server.url, "method: create")
        self.next = Stack(f"{folder}/next", server.url)
        self.next.must("backup")
        server.fill("update", "notes", points=40, seed=5)
        self.sent = self._stream()

    def _stream(self):
        """All of the shard, as it is sent to one who has nothing."""
        place = f"{self.server.url}/collections/notes/shards/0/snapshot/{STREAM}"
        question = urllib.request.Request(place, b"{}", {"Content-Type": "application/json"}, method="POST")
        with urllib.request.urlopen(question) as answer:
            return answer.read()

    def length(self, path):
        """Less than each archive of the server is long: nested, without the manifests."""
        return len(self.sent) if path == STREAM else len(self.sent) * 3 // 4

    def try_one(self, stack, path, **cut):
        before = stack.snapshots()
        self.server.control("POST", "/faults", {"kind": "cut", "path": path, "times": 0, **cut})
        status, said = stack.run("backup")
        self.server.control("DELETE", "/faults")
        if status == 0 or stack.snapshots() != before:
            raise Wrong(f"cut {cut} of {path}: exit code {status}, {said[-500:]}")
        if "State now: " not in said:
            raise Wrong(f"cut {cut}: it does not say what now: {said}")

    def run(self, random_cuts, deadline, every):
        """Every `every`-th member and so many random bytes, for each way in which a shard is taken."""
        tried = {"members": 0, "bytes": 0}
        count = members(self.sent)
        for member in range(self.chance.randrange(every), count + 1, every):
            self.try_one(self.first, STREAM, members=member)
            self.try_one(self.next, STREAM, members=member)
            tried["members"] += 2
        for number in range(random_cuts):
            if deadline():
                break
            how = self.chance.choice(["end", "reset"])
            stack, path = [(self.first, STREAM), (self.next, STREAM), (self.made, FILE)][number % 3]
            self.try_one(stack, path, bytes=self.chance.randrange(self.length(path)), how=how)
            tried["bytes"] += 1
        # And none of these has done any harm.
        for stack in (self.first, self.next, self.made):
            stack.must("backup")
        if self.server.archives("notes", 1):
            raise Wrong("archives are left on the server")
        return tried
