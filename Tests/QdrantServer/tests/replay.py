"""Sends recorded requests and compares the answers: status, headers, kind and shape of the body, words of errors."""
import hashlib
import json
import re
import unittest
import urllib.parse

from . import openapi
from .qdrant_client import Running, fixture, form

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
# Header values that must be the very same; of all others only the name must be there.
EXACT = ("content-type", "vary", "transfer-encoding", "accept-ranges", "content-encoding")


class Replay:
    """One server and what was learned from its answers: which of our names stands for which recorded one."""

    def __init__(self, server, transcript):
        self.server = server
        self.entries = json.loads(fixture(f"transcripts/{transcript}.json"))
        self.names = {}
        self.same, self.different, self.validated = [], [], 0

    def send(self, entry, body=None, headers=None, peer=0, path=None):
        """Sends one recorded request with names translated; `body` stands in for bytes that were not recorded."""
        asked = entry["request"]
        if body is None:
            body = self._body(asked.get("body"))
        sent = dict(asked.get("headers") or {}) | (headers or {})
        path = path or self.translated(asked["path"])
        return path, self.server.request(asked["method"], path, body, sent, peer)

    def translated(self, text):
        for recorded, ours in self.names.items():
            text = text.replace(recorded, ours)
        return text

    def _body(self, body):
        if not body:
            return None
        if "json" in body:
            return json.loads(self.translated(json.dumps(body["json"])))
        return body["text"].encode() if "text" in body else b""

    def learn(self, recorded, answer):
        """Snapshot names and tags of our answer stand for those of the recording from now on."""
        old, new = recorded.get("body", {}).get("json"), None
        if old and answer.body:
            new = answer.json
            for one, other in zip(_described(old), _described(new)):
                self.names[one["name"]] = other["name"]
                if "checksum" in one and "checksum" in other:
                    self.names[one["checksum"]] = other["checksum"]
        if "etag" in recorded.get("headers", {}) and "etag" in answer.headers:
            self.names[json.dumps(recorded["headers"]["etag"])[1:-1]] = json.dumps(answer.headers["etag"])[1:-1]

    def compare(self, name, entry, path, answer):
        """Differences as text, empty when alike; every JSON answer is also held against the API description."""
        recorded = entry["response"]
        found = []
        if recorded["status"] != answer.status:
            found.append(f"status {answer.status} instead of {recorded['status']}: {answer.body[:300]!r}")
        else:
            headers = recorded.get("headers")
            if headers is None:
                headers = {"content-type": recorded["content-type"]} if recorded["content-type"] else {}
                if answer.headers.get("content-type") != headers.get("content-type"):
                    found.append(f"content-type {answer.headers.get('content-type')}")
            else:
                found += _headers(headers, answer.headers)
            found += self._bodies(recorded.get("body") or {}, answer)
        if answer.headers.get("content-type") == "application/json" and not answer.headers.get("content-encoding"):
            wrong = openapi.violations(entry["request"]["method"], path, answer.status, answer.json)
            self.validated += wrong is not None
            # Where the real server does not keep to its own description, neither do we.
            excused = openapi.violations(entry["request"]["method"], path, answer.status, recorded["body"]["json"]) if wrong else []
            found += [one for one in wrong or [] if one not in excused]
        (self.different if found else self.same).append((name, found))
        self.learn(recorded, answer)
        return found

    def _bodies(self, recorded, answer):
        if "json" in recorded:
            return shape(recorded["json"], answer.json)
        if "text" in recorded:
            ours = answer.body.decode()
            if len(recorded["text"]) > 1000:
                # Metrics: what we tell must be told there too.
                lines = {line for line in ours.splitlines() if line.startswith("#")}
                return [f"not recorded: {line}" for line in lines - set(recorded["text"].splitlines())]
            return [] if general(recorded["text"]) == general(ours) else [f"text {ours!r} instead of {recorded['text']!r}"]
        if bool(recorded.get("bytes")) != bool(answer.body):
            return [f"{len(answer.body)} bytes instead of {recorded.get('bytes')}"]
        if 0 < recorded.get("bytes", 0) < 100 and recorded["bytes"] != len(answer.body):
            return [f"{answer.body!r} is not {recorded['bytes']} bytes"]
        return []


def _described(value):
    result = value.get("result")
    some = result if isinstance(result, list) else [result]
    return [one for one in some if isinstance(one, dict) and str(one.get("name", "")).endswith(".snapshot")]


def _headers(recorded, ours):
    found = [f"header {name} is missing" for name in recorded if name not in ours]
    found += [f"header {name} is new" for name in ours if name not in recorded and name != "connection"]
    found += [
        f"{name}: {ours[name]} instead of {recorded[name]}" for name in EXACT
        if name in recorded and name in ours and recorded[name] != ours[name]
    ]
    for name in ("content-disposition", "content-range", "etag"):
        if name in recorded and name in ours and general(recorded[name]) != general(ours[name]):
            found.append(f"{name}: {ours[name]} instead of {recorded[name]}")
    return found


def general(text):
    """Without what differs from run to run: digests, identities, numbers, folders, names of vectors' fields."""
    text = re.sub(r"[0-9a-f]{64}", "<sha>", text)
    text = re.sub(r"`/[^`]*`", "<path>", text)
    text = UUID.sub("<uuid>", text)
    text = re.sub(r"[0-9a-f]{2,}(:[0-9a-f]+){3}", "<etag>", text)
    text = re.sub(r"(/[\w.-]+)*/(?=[\w.#-]*(-shard-|snapshots|segments|\d{4}-))", "<folder>/", text)
    text = re.sub(r"/tmp[/\w.-]*|/qdrant[/\w.-]*", "<folder>", text)
    return re.sub(r"\d+", "N", text)


def shape(recorded, ours, path="$"):
    """Same keys, same kinds; elements of lists by the first; of dictionaries by identity any one stands for all."""
    if isinstance(recorded, dict) and isinstance(ours, dict):
        if path.endswith(".file_versions"):
            kinds = {type(one) for one in ours.values()}
            return [] if kinds <= {int, type(None)} else [f"{path}: {kinds}"]
        if path.endswith((".responses", ".peers")) or any(UUID.fullmatch(key) for key in recorded):
            return shape(_any(recorded), _any(ours), path + ".*") if _any(recorded) and _any(ours) else []
        found = [f"{path}.{key} is missing" for key in recorded.keys() - ours.keys()]
        found += [f"{path}.{key} is new" for key in ours.keys() - recorded.keys()]
        return found + [one for key in recorded.keys() & ours.keys() for one in shape(recorded[key], ours[key], f"{path}.{key}")]
    if isinstance(recorded, list) and isinstance(ours, list):
        if bool(recorded) != bool(ours):
            return [f"{path}: {len(ours)} elements instead of {len(recorded)}"]
        return shape(recorded[0], ours[0], path + "[0]") if recorded else []
    if path.endswith(".error"):
        return [] if general(recorded) == general(ours) else [f"error {ours!r} instead of {recorded!r}"]
    numbers = (int, float)
    if isinstance(recorded, bool) or recorded is None or path.endswith((".status", ".state", ".version", ".count", ".points_count")):
        return [] if recorded == ours else [f"{path}: {ours} instead of {recorded}"]
    if isinstance(recorded, numbers) and isinstance(ours, numbers) or type(recorded) is type(ours):
        return []
    return [f"{path}: {ours!r} instead of {recorded!r}"]


def _any(dictionary):
    return next(iter(dictionary.values()), None)


def query(path):
    return dict(urllib.parse.parse_qsl(path.partition("?")[2]))


class Replays(unittest.TestCase):
    """A test that replays one transcript and prints how many answers were alike."""

    def start(self, transcript, *options):
        self.server = Running(*options)
        self.addCleanup(self.server.stop)
        self.replay = Replay(self.server, transcript)
        self.addCleanup(self.report, transcript)

    def report(self, transcript):
        replay = self.replay
        total = len(replay.same) + len(replay.different)
        print(f"{transcript}: {len(replay.same)} of {total} alike, {replay.validated} validated", flush=True)

    def check(self, entry, **how):
        path, answer = self.replay.send(entry, **how)
        found = self.replay.compare(entry["name"] if "name" in entry else entry["credential"], entry, path, answer)
        with self.subTest(entry.get("name") or f"{entry['credential']} {entry['request']['method']} {path}"):
            self.assertEqual(found, [])
        return answer

    def upsert(self, collection, points):
        self.server.request("PUT", f"/collections/{collection}/points?wait=true", {"points": points}).result

    def upload(self, entry, archive, name="recover-0001.snapshot", field="snapshot", peer=0):
        """A recorded upload with an archive of ours; the checksum is right unless the recorded one is all zeros."""
        content_type, body = form(archive, name, field)
        path = self.replay.translated(entry["request"]["path"])
        checksum = query(path).get("checksum", "0")
        if checksum.strip("0"):
            path = path.replace(checksum, hashlib.sha256(archive).hexdigest())
        return self.check(entry, body=body, headers={"Content-Type": content_type}, path=path, peer=peer)
