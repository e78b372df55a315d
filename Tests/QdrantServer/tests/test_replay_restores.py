"""Replays the recorded restores: increments, uploads that work and uploads that do not, alias switches."""
import unittest

from . import tar_tools
from .qdrant_client import fixture, recorded_points
from .replay import Replays


class Restore(Replays):
    def test_restore(self):
        self.start("restore")
        self.server.upload("/collections/notes/snapshots", fixture("archives/notes-base.collection.snapshot")).result
        self.server.request("POST", "/collections/aliases", {"actions": [
            {"create_alias": {"collection_name": "notes", "alias_name": "notes-live"}}]}).result
        kept = self.server.request("POST", "/collections/notes/snapshots").result
        self.replay.names["notes-1163699116477171-2026-11-21-07-51-13.snapshot"] = kept["name"]
        self.replay.names["c664b3e5a540e3e8d6aa1ef4341c857470346b499727e7e466c6cd78718272a7"] = kept["checksum"]
        self.replay.names["/qdrant/snapshots"] = self.server.control("GET", "/folders")["snapshots"]
        config = {"vectors": {"size": 16, "distance": "Cosine"}, "metadata": {"owner": "demo"},
                  "optimizers_config": {"default_segment_number": 2, "indexing_threshold": 10}}
        for name in ("r2", "r4", "r5"):
            self.server.request("PUT", f"/collections/{name}", config).result
        self.server.request("PUT", "/collections/other", {"vectors": {"size": 8, "distance": "Dot"}}).result
        path = "/collections/notes/shards/0/snapshot/partial/create"
        files = tar_tools.read(self.server.request("POST", path, {}).body)
        for entry in self.replay.entries:
            name = entry["name"]
            if name.startswith("partial create"):
                self.change(name)
                answer = self.check(entry, body=tar_tools.manifests(files))
                files = tar_tools.merge(files, tar_tools.read(answer.body))
                self.assertTrue(tar_tools.complete(files))
                self.day4 = tar_tools.write(files)
            elif name.startswith("upload"):
                self.uploads(entry, files)
            else:
                self.check(entry)
        self.assertEqual(self.server.points("r4"), self.points)

    def change(self, name):
        day = lambda number: recorded_points(f"notes-day{number}")
        if "small" in name:
            gone = {one["id"] for one in recorded_points("notes-base")} - {one["id"] for one in day(2)}
            self.server.request("POST", "/collections/notes/points/delete?wait=true", {"points": sorted(gone)}).result
            self.upsert("notes", day(2))
        elif "optimizer" in name:
            known = {one["id"] for one in day(2)}
            self.upsert("notes", [one for one in day(3) if one["id"] not in known])
            self.server.settle()
        else:
            body = {"field_name": "id", "field_schema": "integer"}
            self.server.request("PUT", "/collections/notes/index?wait=true", body).result
            # The optimizer would replace the whole segment once more, as it may on the real server.
            self.points = self.server.points("notes")

    def uploads(self, entry, files):
        name = entry["name"]
        if name.startswith("upload collection"):
            self.upload(entry, fixture("archives/notes-base.collection.snapshot"))
            return
        archive = self.day4
        if "no wal/" in name:
            archive = tar_tools.write(files, log="none")
        elif "empty directory" in name:
            archive = tar_tools.write(files, log="empty")
        elif "left in" in name:
            archive = tar_tools.write(files, manifest=True)
        elif "cut inside" in name:
            ends = tar_tools.member_ends(archive)
            inside = next(start for member, start in ends.items() if member.endswith("/links_compressed.bin"))
            archive = archive[: inside + 2048]
        elif "not a tar" in name:
            archive = b"not a tar at all" * 100
        if name.startswith("upload shard, rebuilt"):
            self.upload(entry, archive)
            self.assertEqual(self.server.points("r2"), self.points)
            # The collection of the following entries was filled by the same archive.
            self.server.upload("/collections/r4/shards/0/snapshots", archive).result
            self.server.settle()
            for field, schema in (("id", "integer"), ("tag", "integer"), (
                "text", {"type": "text", "tokenizer": "word", "min_token_len": 2, "lowercase": True})):
                self.server.request("PUT", "/collections/r4/index", {"field_name": field, "field_schema": schema}).result
            self.server.settle()
        else:
            self.upload(entry, archive, field="file" if "wrong form field" in name else "snapshot")


if __name__ == "__main__":
    unittest.main()
