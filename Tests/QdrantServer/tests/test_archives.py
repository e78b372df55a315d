"""Recorded archives load here and give exactly the recorded points; ours have the shapes of the recorded ones."""
import re
import unittest

from . import tar_tools
from .qdrant_client import Running, fixture, form, recorded_points

HEADER_FIELDS = {"mode": (100, 108), "owner": (108, 124), "flag": (156, 157), "magic": (257, 265), "names": (265, 329), "devices": (329, 345)}
CREATE = {"vectors": {"size": 16, "distance": "Cosine"}}


class RecordedArchives(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Running()
        cls.addClassCleanup(cls.server.stop)

    def same(self, collection, recorded):
        self.assertEqual(self.server.points(collection), recorded_points(recorded))

    def shard(self, name):
        self.server.request("PUT", f"/collections/{name}", CREATE).result
        return f"/collections/{name}/shards/0/snapshots"

    def test_collection_archives(self):
        for recorded in ("notes-base", "mixed"):
            archive = fixture(f"archives/{recorded}.collection.snapshot")
            answer = self.server.upload(f"/collections/c-{recorded}/snapshots", archive, checksum=True)
            self.assertIs(answer.result, True)
            self.same(f"c-{recorded}", recorded)

    def test_payload_indexes_come_back(self):
        self.server.upload("/collections/indexed/snapshots", fixture("archives/mixed.collection.snapshot")).result
        schema = self.server.request("GET", "/collections/indexed").result["payload_schema"]
        kinds = {name: one["data_type"] for name, one in schema.items()}
        self.assertEqual(kinds, {"city": "keyword", "ok": "bool", "where": "geo", "when": "datetime", "uid": "uuid", "price": "float"})

    def test_shard_archives(self):
        for place, name in enumerate(("notes-base.shard.snapshot", "notes-base.stream.tar")):
            self.assertIsNone(self.server.upload(self.shard(f"s{place}"), fixture(f"archives/{name}"), checksum=True).result)
            self.same(f"s{place}", "notes-base")

    def test_partial_archives_merged(self):
        files = tar_tools.read(fixture("archives/notes-base.partial.tar"))
        for day in (2, 3, 4):
            files = tar_tools.merge(files, tar_tools.read(fixture(f"archives/notes-day{day}.partial.tar")))
            self.assertTrue(tar_tools.complete(files))
            self.server.upload(self.shard(f"day{day}"), tar_tools.write(files)).result
            self.same(f"day{day}", f"notes-day{day}")

    def test_partial_archive_recovered_by_the_engine(self):
        path = self.shard("engine")
        self.server.upload(path, fixture("archives/notes-base.shard.snapshot")).result
        content_type, body = form(fixture("archives/notes-day2.partial.tar"))
        answer = self.server.request(
            "POST", "/collections/engine/shards/0/snapshot/partial/recover?wait=true", body, {"Content-Type": content_type}
        )
        self.assertIsNone(answer.result)
        self.same("engine", "notes-day2")

    def test_writes_work_after_a_restore(self):
        self.server.upload(self.shard("written"), fixture("archives/notes-base.stream.tar")).result
        body = {"payload": {"new": True}, "points": [1]}
        self.server.request("POST", "/collections/written/points/payload?wait=true", body).result
        self.server.settle()
        found = self.server.request("POST", "/collections/written/points", {"ids": [1]}).result
        self.assertIs(found[0]["payload"]["new"], True)

    def test_writes_are_lost_after_a_restore_without_a_log(self):
        """The log's name carries the next operation number; without it the engine begins at zero again."""
        files = tar_tools.read(fixture("archives/notes-base.partial.tar"))
        self.server.upload(self.shard("forgetful"), tar_tools.write(files, log="empty")).result
        self.same("forgetful", "notes-base")
        body = {"payload": {"new": True}, "points": [1]}
        self.server.request("POST", "/collections/forgetful/points/payload?wait=true", body).result
        self.same("forgetful", "notes-base")

    def test_cut_archives(self):
        """What the server itself notices of an archive that was cut between members, and what it does not."""
        whole = fixture("archives/notes-base.stream.tar")
        path, ends = self.shard("cut"), tar_tools.member_ends(whole)
        self.server.upload(path, whole).result
        for member, status in (("wal/closed-7", 500), ("replica_state.json", 500), ("shard_config.json", 200)):
            self.assertEqual(self.server.upload(path, whole[:ends[member]]).status, status, member)
            self.same("cut", "notes-base")
        whole = fixture("archives/notes-base.collection.snapshot")
        ends = tar_tools.member_ends(whole)
        self.assertEqual(self.server.upload("/collections/cut1/snapshots", whole[:ends["config.json"]]).status, 500)
        self.assertEqual(self.server.request("GET", "/collections/cut1").status, 404)
        self.server.upload("/collections/cut2/snapshots", whole[:ends["payload_index.json"]]).result
        self.same("cut2", "notes-base")
        self.assertEqual(self.server.request("GET", "/collections/cut2").result["payload_schema"], {})

    def test_rocksdb_archives_break_the_collection(self):
        for kind in ("payload", "index"):
            archive = fixture(f"archives/rocksdb-{kind}-1.16.3.collection.snapshot")
            answer = self.server.upload(f"/collections/rocks-{kind}/snapshots", archive)
            self.assertEqual(answer.status, 500)
            count = self.server.request("POST", f"/collections/rocks-{kind}/points/count", {"exact": True})
            self.assertEqual(count.status, 500)
            self.assertIn("Dirty shard", count.json["status"]["error"])
            self.server.request("DELETE", f"/collections/rocks-{kind}").result


class OwnArchives(unittest.TestCase):
    """The same state, given back by this server, compared with the recording header by header."""

    @classmethod
    def setUpClass(cls):
        cls.server = Running("--set", "optimizing=false")
        cls.addClassCleanup(cls.server.stop)
        cls.server.upload("/collections/notes/snapshots", fixture("archives/notes-base.collection.snapshot")).result
        shard = "/collections/notes/shards/0"
        cls.stream = cls.server.request("GET", f"{shard}/snapshot").body
        cls.partial = cls.server.request("POST", f"{shard}/snapshot/partial/create", {}).body
        cls.shard = cls.kept(f"{shard}/snapshots")
        cls.collection = cls.kept("/collections/notes/snapshots")

    @classmethod
    def kept(cls, path):
        described = cls.server.request("POST", path).result
        archive = cls.server.request("GET", f"{path}/{described['name']}").body
        assert len(archive) == described["size"]
        return archive

    def test_member_names_and_order_of_what_is_not_a_segment(self):
        for ours, recorded in (
            (self.stream, "stream.tar"), (self.partial, "partial.tar"), (self.shard, "shard.snapshot"),
            (self.collection, "collection.snapshot"),
        ):
            names = [[_general(name) for name in tar_tools.member_ends(one) if "segments/" not in name]
                     for one in (ours, fixture(f"archives/notes-base.{recorded}"))]
            if recorded == "collection.snapshot":
                # Its log is whole: the engine keeps one file more or less.
                names = [[name for name in one if "wal/" not in name] for one in names]
            self.assertEqual(*names)

    def test_every_recorded_file_is_there(self):
        for ours, recorded in ((self.stream, "stream.tar"), (self.partial, "partial.tar"), (self.shard, "shard.snapshot")):
            have, wanted = tar_tools.member_ends(ours), tar_tools.member_ends(fixture(f"archives/notes-base.{recorded}"))
            self.assertEqual({name for name in have if "segments/" in name}, {name for name in wanted if "segments/" in name})

    def test_headers(self):
        recorded = fixture("archives/notes-base.stream.tar")
        ours, wanted = tar_tools.member_ends(self.stream), tar_tools.member_ends(recorded)
        for name in ours.keys() & wanted.keys():
            for field, (start, end) in HEADER_FIELDS.items():
                have = self.stream[ours[name] + start:ours[name] + end]
                # Whether a file has holes is the file system's; whether a name is long is not.
                if field == "flag" and {have, recorded[wanted[name] + start:wanted[name] + end]} == {b"0", b"S"}:
                    continue
                self.assertEqual(have, recorded[wanted[name] + start:wanted[name] + end], (name, field))

    def test_sparse_and_closed(self):
        self.assertLess(len(self.stream), 2_000_000)
        self.assertTrue(self.stream.endswith(bytes(1024)))
        files = tar_tools.read(self.stream)
        self.assertEqual(max(len(content or b"") for content in files.values()), 32 << 20)

    def test_they_give_the_points_back(self):
        wanted = recorded_points("notes-base")
        for place, (path, archive) in enumerate((("shards/0/snapshots", self.stream), ("shards/0/snapshots", self.shard), ("snapshots", self.collection))):
            if path != "snapshots":
                self.server.request("PUT", f"/collections/back{place}", CREATE).result
            self.server.upload(f"/collections/back{place}/{path}", archive, checksum=True).result
            self.assertEqual(self.server.points(f"back{place}"), wanted)

    def test_manifests_of_a_partial_equal_the_manifest(self):
        manifest = self.server.request("GET", "/collections/notes/shards/0/snapshot/partial/manifest").result
        self.assertEqual(tar_tools.manifests(tar_tools.read(self.partial)), manifest)


def _general(name):
    return re.sub(r"closed-\d+", "closed-N", name)


if __name__ == "__main__":
    unittest.main()
