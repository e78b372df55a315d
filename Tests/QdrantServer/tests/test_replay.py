"""Replays the recorded transcripts, each against a server brought into the state in which it was recorded."""
import json
import time
import unittest

from server.rights import make_token

from . import tar_tools
from .qdrant_client import fixture, form, recorded_points, wait_until
from .replay import Replays

KEY, READ_ONLY = "a full key", "a key to read"


class Capture(Replays):
    def test_capture(self):
        self.start("capture")
        manifest = {}
        for entry in self.replay.entries:
            name, how = entry["name"], {}
            if name == "partial create, nothing changed":
                how["body"] = manifest
            elif name == "download with Range past the end":
                size = self.server.request("GET", "/collections/notes/snapshots").result[0]["size"]
                how["headers"] = {"Range": f"bytes={size}-"}
            elif name.startswith("partial create, body over 2 MiB"):
                how["body"] = b"{" + b" " * 3308098 + b"}"
            elif name.startswith("partial create, no content type"):
                how["body"] = b"{}"
            elif name == "list after creating without waiting":
                wait_until(lambda: len(self.server.request("GET", "/collections/notes/snapshots").result) == 2)
            answer = self.check(entry, **how)
            if name == "upsert":
                self.upsert("notes", recorded_points("notes-base")[1:])
                self.server.settle()
            elif name == "partial create from nothing":
                manifest = tar_tools.manifests(tar_tools.read(answer.body))


class More(Replays):
    def test_more(self):
        self.start("more")
        for entry in self.replay.entries:
            if entry["name"].startswith("info of"):
                self.server.request("DELETE", "/collections/mixed").result
                self.server.upload("/collections/mixed/snapshots", fixture("archives/mixed.collection.snapshot")).result
                self.server.settle()
            compressed = "gzip allowed" in entry["name"]
            self.check(entry, headers={"Accept-Encoding": "gzip"} if compressed else None)


class Broken(Replays):
    def test_broken(self):
        self.start("broken")
        body = {"vectors": {"size": 16, "distance": "Cosine"}, "shard_number": 2}
        self.server.request("PUT", "/collections/notes", body).result
        self.upsert("notes", [one | {"id": one["id"] + 5000 * part} for part in range(4) for one in recorded_points("notes-day4")[:1100]])
        self.server.settle()
        kept = self.server.request("POST", "/collections/notes/snapshots").result
        archive = self.server.request("GET", f"/collections/notes/snapshots/{kept['name']}").body
        wanted = self.server.points("notes")
        self.server.upload("/collections/notes/snapshots", archive, name="k.snapshot").result
        self.server.control("POST", "/dirty", {"collection": "notes", "shard": 0})
        for entry in self.replay.entries:
            if entry["name"] == "upload-into-broken":
                self.upload(entry, archive, name="k.snapshot")
                self.assertEqual(self.server.points("notes"), wanted)
            elif entry["name"] == "broken-cluster":
                points = self.server.request("GET", "/collections/notes/cluster").result["local_shards"]
                entry["response"]["body"]["json"]["result"]["local_shards"][1]["points_count"] = points[1]["points_count"]
                self.check(entry)
            else:
                self.check(entry)


class DiskFull(Replays):
    def test_disk_full(self):
        self.start("disk-full")
        self.server.upload("/collections/notes/snapshots", fixture("archives/notes-base.collection.snapshot"), name="x.snapshot").result
        self.server.request("DELETE", "/collections/notes/snapshots/x.snapshot").result
        self.server.fault(kind="disk_full")
        for entry in self.replay.entries:
            if entry["name"].startswith("upload"):
                self.upload(entry, fixture("archives/notes-base.shard.snapshot"))
            else:
                self.check(entry)


class Rights(Replays):
    def test_rights(self):
        self.start("rights")
        self.server.request("PUT", "/collections/notes", {"vectors": {"size": 8, "distance": "Dot"}}).result
        self.upsert("notes", [{"id": place, "vector": [1, 2, 3, 4, 5, 6, 7, place]} for place in range(20)])
        self.server.settle()
        kept = self.server.request("POST", "/collections/notes/snapshots").result
        self.replay.names["notes-938049671622832-2026-11-21-07-45-06.snapshot"] = kept["name"]
        self.server.control("POST", "/rights", {"full": [KEY], "read_only": READ_ONLY, "tokens": True})
        collection = lambda access: [{"collection": "notes", "access": access}]
        soon = time.time() + 600
        keys = {
            "none": None, "wrong": "wrong", "read-only": READ_ONLY,
            "jwt-coll-rw": make_token(KEY, collection("rw"), soon), "jwt-coll-prw": make_token(KEY, collection("prw"), soon),
            "jwt-expired": make_token(KEY, collection("rw"), 1000), "jwt-badsig": make_token("another", collection("rw"), soon),
        }
        for entry in self.replay.entries:
            self.check(entry, **self.how(entry, keys[entry["credential"]]))

    def how(self, entry, key):
        """Bodies were not recorded here: each path has its own."""
        path, headers = entry["request"]["path"], {"api-key": key} if key else {}
        if path.endswith("/partial/create") and entry["response"]["status"] == 304:
            answer = self.server.request("GET", path.replace("create", "manifest"), headers={"api-key": KEY})
            body = answer.result
        else:
            body = {
                "/collections/notes/points/count": {"exact": True},
                "/collections/notes/shards/0/snapshot/partial/create": {},
                "/collections/aliases": {"actions": []},
                "/collections/notes/index?wait=true": {"field_name": "tag", "field_schema": "integer"},
                "/collections/notes2": {"vectors": {"size": 4, "distance": "Dot"}},
                "/collections/notes/snapshots/recover?wait=true": {"location": "file:///nowhere"},
            }.get(path)
        if body is not None:
            headers["Content-Type"] = "application/json"
            return {"headers": headers, "body": json.dumps(body).encode()}
        if "/upload?" in path:
            content_type, body = form(b"nothing")
            return {"headers": headers | {"Content-Type": content_type}, "body": body}
        return {"headers": headers}


class Cluster(Replays):
    def test_cluster(self):
        self.start("cluster", "--peers", "3", "--set", "transfer_seconds=1.0")
        recorded = ["7805717064914078", "5170510363532070", "8165587412841989"]
        peers = [self.server.request("GET", "/cluster", peer=place).result["peer_id"] for place in range(3)]
        self.replay.names.update(zip(recorded, map(str, peers)))
        shards = [[{"id": 3 * one + shard, "vector": [1.0] * 15 + [one]} for one in range(40)] for shard in range(3)]
        archives = {}
        for entry in self.replay.entries:
            name = entry["name"]
            if name == "cluster-upload-shard":
                number = int(entry["request"]["path"].split("/")[4])
                self.upload(entry, archives[number], peer=number)
            elif name == "upload-custom-sharding-into-missing":
                kept = self.server.request("POST", "/collections/cs/snapshots", peer=2).result
                self.upload(entry, self.server.request("GET", f"/collections/cs/snapshots/{kept['name']}", peer=2).body)
            else:
                self.check_cluster(entry, peer=int(name[-1]) if name[-5:-1] == "node" else 0)
            if name == "cluster-create-collection":
                self.upsert("notes", [point for shard in shards for point in shard])
                self.server.settle()
                for number, holder in ((0, 0), (1, 2), (2, 1)):
                    path = f"/collections/notes/shards/{number}/snapshot"
                    archives[number] = self.server.request("GET", path, peer=holder).body
                body = {"vectors": {"size": 16, "distance": "Dot"}, "shard_number": 3, "replication_factor": 1}
                self.server.request("PUT", "/collections/back", body).result

    def check_cluster(self, entry, peer):
        """Points hash to other shards here, so their numbers are taken as they are."""
        result = entry["response"]["body"].get("json", {}).get("result")
        if isinstance(result, dict) and result.get("local_shards"):
            for one in result["local_shards"]:
                path = entry["request"]["path"]
                ours = {each["shard_id"]: each for each in self.server.request("GET", path, peer=peer).result["local_shards"]}
                first = min(ours) if ours else None
                one["points_count"] = ours.get(one["shard_id"], ours.get(first, one))["points_count"]
        self.check(entry, peer=peer)


if __name__ == "__main__":
    unittest.main()
