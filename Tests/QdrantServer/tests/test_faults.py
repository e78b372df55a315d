"""Every fault does what it says, the server stops without leftovers, and a kill leaves what it leaves on a real one."""
import http.client
import json
import os
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

from . import tar_tools
from .qdrant_client import HERE, Running, fixture, recorded_points, wait_until

STREAM = "/collections/notes/shards/0/snapshot"
CREATE = "/collections/notes/snapshots"


class Faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Running()
        cls.addClassCleanup(cls.server.stop)
        cls.server.upload(CREATE, fixture("archives/notes-base.collection.snapshot"), name="x.snapshot").result
        cls.server.settle()
        cls.whole = cls.server.request("GET", STREAM).body

    def tearDown(self):
        self.server.control("DELETE", "/faults")
        self.server.control("POST", "/settings", {"version": "1.18.3", "second_stream": "wait"})

    def test_cut_after_bytes_looks_complete(self):
        self.server.fault(kind="cut", bytes=100_001)
        self.assertEqual(len(self.server.request("GET", STREAM).body), 100_001)
        self.assertEqual(len(self.server.request("GET", STREAM).body), len(self.whole))

    def test_cut_by_reset(self):
        self.server.fault(kind="cut", bytes=5000, how="reset")
        with self.assertRaises((http.client.IncompleteRead, ConnectionError)):
            self.server.request("GET", STREAM)

    def test_cut_between_members(self):
        count = len(tar_tools.member_ends(self.whole))
        self.server.fault(kind="cut", members=count - 2)
        cut = tar_tools.read(self.server.request("GET", STREAM).body)
        self.assertEqual(len(cut), count - 2)
        self.assertNotIn("shard_config.json", cut)

    def test_download_cut_short_of_its_length(self):
        kept = self.server.request("POST", CREATE).result
        self.server.fault(kind="cut", bytes=1000, path="snapshots/")
        with self.assertRaises(http.client.IncompleteRead):
            self.server.request("GET", f"{CREATE}/{kept['name']}")

    def test_status_and_plain_text(self):
        self.server.fault(kind="status", status=503, text="busy", path="/cluster$", times=2)
        self.server.fault(kind="status", status=401, text="Invalid API key or JWT", path="^/aliases")
        answers = [self.server.request("GET", "/cluster").status for _ in range(3)]
        self.assertEqual(answers, [503, 503, 200])
        self.assertNotIn("content-type", self.server.request("GET", "/aliases").headers)

    def test_early_answer_before_the_body(self):
        self.server.fault(kind="status", status=403, text="no", early=True, path="/upload")
        answer = self.server.upload("/collections/notes2/snapshots", bytes(64 << 20))
        self.assertEqual((answer.status, answer.body), (403, b"no"))

    def test_stall_pause_and_slow(self):
        for fault in ({"kind": "stall"}, {"kind": "pause", "after": 1000}, {"kind": "slow"}):
            self.server.fault(**fault, seconds=0.4, path="snapshot$")
            began = time.monotonic()
            self.assertEqual(len(self.server.request("GET", STREAM).body), len(self.whole))
            self.assertGreater(time.monotonic() - began, 0.4)

    def test_slow_create_is_done_all_the_same(self):
        before = len(self.server.request("GET", CREATE).result)
        self.server.fault(kind="slow", seconds=3, method="POST", path="/snapshots$")
        address = urllib.parse.urlsplit(self.server.ready["url"])
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=1)
        connection.request("POST", CREATE)
        with self.assertRaises(TimeoutError):
            connection.getresponse()
        connection.close()
        wait_until(lambda: len(self.server.request("GET", CREATE).result) == before + 1)

    def test_empty_flipped_and_wrong_checksum(self):
        self.server.fault(kind="empty", path="snapshot$")
        self.assertEqual(self.server.request("GET", STREAM).body, b"")
        kept = self.server.request("POST", CREATE).result
        whole = self.server.request("GET", f"{CREATE}/{kept['name']}").body
        self.server.fault(kind="flip", at=777, method="GET")
        flipped = self.server.request("GET", f"{CREATE}/{kept['name']}").body
        self.assertEqual([place for place in range(len(whole)) if flipped[place] != whole[place]], [777])
        self.server.fault(kind="checksum", method="POST")
        wrong = self.server.request("POST", CREATE).result
        listed = {one["name"]: one.get("checksum") for one in self.server.request("GET", CREATE).result}
        self.assertNotEqual(listed[wrong["name"]], wrong["checksum"])

    def test_disk_full_leaves_nothing(self):
        before = self.server.request("GET", CREATE).result
        self.server.fault(kind="disk_full")
        self.assertEqual(self.server.request("POST", CREATE).status, 500)
        self.assertEqual({one["name"] for one in self.server.request("GET", CREATE).result}, {one["name"] for one in before})

    def test_second_stream(self):
        self.server.control("POST", "/settings", {"second_stream": "empty"})
        self.server.fault(kind="pause", after=1000, seconds=1, path="snapshot$")
        address = urllib.parse.urlsplit(self.server.ready["url"])
        first = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
        first.request("GET", STREAM)
        answer = first.getresponse()
        self.assertEqual(self.server.request("GET", STREAM).body, b"")
        self.assertEqual(len(answer.read()), len(self.whole))
        first.close()
        wait_until(lambda: len(self.server.request("GET", STREAM).body) == len(self.whole))

    def test_versions(self):
        for version, stream, partial in (("1.9.7", 404, 404), ("1.13.0", 200, 404), ("1.16.3", 200, 200), ("1.19.0", 200, 200)):
            self.server.control("POST", "/settings", {"version": version})
            self.assertEqual(self.server.request("GET", "/").json["version"], version)
            self.assertEqual(self.server.request("GET", STREAM).status, stream)
            answer = self.server.request("GET", f"{STREAM}/partial/manifest")
            self.assertEqual(answer.status, partial)
            if version == "1.16.3":
                files = next(iter(answer.result.values()))["file_versions"]
                self.assertIn("::ROCKS_DB", files)

    def test_foreign_restore_has_equal_manifests(self):
        """The dangerous case: other data, the same manifest, 304."""
        manifest = self.server.request("GET", f"{STREAM}/partial/manifest").result
        with tempfile.NamedTemporaryFile() as file:
            file.write(self.whole)
            file.flush()
            self.server.control("POST", "/foreign-restore", {"collection": "notes", "file": file.name})
        self.server.settle()
        self.assertEqual(self.server.request("POST", f"{STREAM}/partial/create", manifest).status, 304)

    def test_expect_continue_is_answered_late(self):
        address = urllib.parse.urlsplit(self.server.ready["url"])
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=5)
        connection.putrequest("POST", "/collections/x/shards/0/snapshots/upload?priority=best")
        connection.putheader("Expect", "100-continue")
        connection.putheader("Content-Length", "1000000")
        connection.endheaders()
        self.assertEqual(connection.getresponse().status, 400)
        connection.close()


class Processes(unittest.TestCase):
    def test_stop_leaves_nothing(self):
        server = Running()
        folder = server.ready["storage"]
        self.assertTrue(os.path.isdir(folder))
        self.assertEqual(server.stop(), 0)
        self.assertFalse(os.path.exists(folder))

    def test_restart_has_the_same_and_a_kill_in_a_restore_leaves_a_dirty_shard(self):
        archive = fixture("archives/notes-base.collection.snapshot")
        with tempfile.TemporaryDirectory() as folder:
            server = Running("--storage", folder)
            self.addCleanup(server.stop)
            server.upload(CREATE, archive, name="a.snapshot").result
            server.request("POST", "/collections/aliases", {"actions": [
                {"create_alias": {"collection_name": "notes", "alias_name": "live"}}]}).result
            peer = server.request("GET", "/collections/notes/cluster").result["peer_id"]
            self.assertEqual(server.stop(), 0)

            server = Running("--storage", folder)
            self.addCleanup(server.stop)
            self.assertEqual(server.points("live"), recorded_points("notes-base"))
            self.assertEqual(server.request("GET", "/collections/notes/cluster").result["peer_id"], peer)
            server.fault(kind="kill", step="recover.cleared")
            with self.assertRaises((ConnectionError, http.client.HTTPException)):
                server.upload(CREATE, archive, name="b.snapshot")
            self.assertEqual(server.process.wait(10), -9)

            server = Running("--storage", folder)
            self.addCleanup(server.stop)
            self.assertIn("Dirty shard", server.request("POST", "/collections/notes/points/count", {}).json["status"]["error"])
            self.assertEqual(server.request("GET", "/readyz").body, b"all shards are ready")
            server.upload(CREATE, archive, name="c.snapshot").result
            self.assertEqual(server.points("notes"), recorded_points("notes-base"))
            self.assertEqual(server.stop(), 0)

    def test_tls_with_client_certificates(self):
        with tempfile.TemporaryDirectory() as folder:
            server = Running("--storage", folder, "--tls-clients")
            self.addCleanup(server.stop)
            context = ssl.create_default_context(cafile=f"{folder}/tls/ca.pem")
            with self.assertRaises(OSError):
                urllib.request.urlopen(server.ready["url"], context=context, timeout=10).read()
            context.load_cert_chain(f"{folder}/tls/client.pem", f"{folder}/tls/client-key.pem")
            with urllib.request.urlopen(server.ready["url"], context=context, timeout=10) as answer:
                self.assertEqual(json.load(answer)["version"], "1.18.3")
            server.stop()

    def test_fill_is_deterministic(self):
        server = Running()
        self.addCleanup(server.stop)

        def fill(command, collection, *options):
            line = subprocess.run([sys.executable, f"{HERE}/fill.py", server.ready["url"], command, collection, *options],
                                  check=True, capture_output=True, text=True).stdout
            return json.loads(line)

        digests = []
        for collection in ("one", "two"):
            fill("create", collection, "--points", "500", "--dimensions", "8", "--indexes", "--indexing-threshold", "5")
            fill("update", collection, "--points", "50", "--seed", "2")
            fill("delete", collection, "--points", "20", "--seed", "3")
            self.assertEqual(fill("append", collection, "--points", "30", "--seed", "4"), {"points": 510})
            digests.append(fill("digest", collection))
        self.assertEqual(*digests)


if __name__ == "__main__":
    unittest.main()
