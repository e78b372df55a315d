"""A Qdrant that may be killed, and a stack that is backed up from it."""

import json
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [f"{HERE}/QdrantServer", f"{HERE}/EndToEnd"]

import qdrant  # noqa: E402
from tests.qdrant_client import Running  # noqa: E402

RECOVER = os.environ["RECOVER"]
READY_SECONDS = 30


class Wrong(Exception):
    """Something that must never be."""


class Server:
    """The test server on a storage and a port of its own: killed and started again it is the same."""

    def __init__(self, folder):
        self.folder = folder
        self.running = Running("--storage", folder)
        self.ports = [self.running.ready[key].rpartition(":")[2] for key in ("url", "control")]

    @property
    def url(self):
        return self.running.ready["url"]

    @property
    def control_url(self):
        return self.running.ready["control"]

    def control(self, method, path, body=None):
        return qdrant.request(method, self.control_url + path, body)

    def ask(self, method, path, body=None):
        return qdrant.request(method, self.url + path, body)

    def kill(self):
        self.running.process.kill()
        self.running.process.wait()
        self.running.process.stdout.close()

    def start(self):
        self.running = Running("--storage", self.folder, "--port", self.ports[0], "--control-port", self.ports[1])

    def stop(self):
        self.running.stop()

    def fill(self, command, collection, **options):
        words = [word for name, value in options.items() for word in (f"--{name}", str(value)) if value is not True]
        words += [f"--{name}" for name, value in options.items() if value is True]
        subprocess.run(
            [sys.executable, f"{HERE}/QdrantServer/fill.py", self.url, command, collection, *words],
            check=True, stdout=subprocess.DEVNULL,
        )

    def archives(self, collection, shards):
        found = []
        for shard in range(shards):
            found += self.ask("GET", f"/collections/{collection}/shards/{shard}/snapshots")
        return [one["name"] for one in found]


class Stack:
    """A repository and a configuration with one component, `qdrant`."""

    def __init__(self, folder, url, options=""):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        self.folder = folder
        with open(f"{folder}/recover.yaml", "w") as file:
            file.write(
                f"version: 1\nstack: test\nrepository: {folder}/repository\nstate: {folder}/state\n"
                f'components: {{qdrant: {{qdrant: "{url}"{options and ", " + options}}}}}\n'
            )
        os.chmod(f"{folder}/recover.yaml", 0o644)
        self.must("init")

    def command(self, *words):
        return [RECOVER, "-q", "-c", f"{self.folder}/recover.yaml", *words]

    def start(self, *words, retries=0):
        return subprocess.Popen(
            self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=os.environ | {"QDRANT_MAX_RETRIES": str(retries)},
        )

    def run(self, *words, retries=0):
        process = self.start(*words, retries=retries)
        said, _ = process.communicate(timeout=120)
        return process.returncode, said

    def must(self, *words, retries=3):
        status, said = self.run(*words, retries=retries)
        if status != 0:
            raise Wrong(f"{' '.join(words)} ended with {status}: {said[-2000:]}")

    def snapshots(self):
        folder = f"{self.folder}/repository/snapshots"
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []

    def restored(self, snapshot="latest"):
        """The folder of the collections of a snapshot."""
        target = f"{self.folder}/restored"
        shutil.rmtree(target, ignore_errors=True)
        self.must("restore", "--snapshot", snapshot, "--to", target)
        return f"{target}/qdrant/collections"


def compare(server, folder, wanted, name="copy"):
    """Loads what was restored of a collection into the engine and compares it, point by point."""
    try:
        qdrant.load(server.url, folder, name)
        found = list(qdrant.differences(qdrant.dump(server.url, name), wanted, qdrant.aliases_of(folder)))
    finally:
        server.ask("DELETE", f"/collections/{name}")
    if found:
        raise Wrong("; ".join(found))


def wait_until(condition, what):
    end = time.monotonic() + READY_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise Wrong(f"{what}: not in {READY_SECONDS} s")
        time.sleep(0.01)


def record(**counts):
    line = json.dumps({"group": "qdrant", **counts})
    print(line, flush=True)
    with open(os.environ["TORTURE_FIGURES"], "a") as file:
        file.write(line + "\n")
