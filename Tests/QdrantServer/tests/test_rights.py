"""Who may do what: the whole table, by every kind of credential."""
import time
import unittest

from server.rights import make_token

from .qdrant_client import Running, form

KEY, OTHER_KEY, READ_ONLY = "a full key", "the key before", "a key to read"
COLUMNS = ("full", "read-only", "global r", "global m", "collection r", "collection rw", "collection prw")
SHARD = "/collections/notes/shards/0"
# Request, and for which of the columns it is allowed.
TABLE = (
    ("GET", "/", None, "1111111"),
    ("GET", "/readyz", None, "1111111"),
    ("GET", "/collections", None, "1111111"),
    ("GET", "/aliases", None, "1111111"),
    ("GET", "/telemetry", None, "1111111"),
    ("GET", "/collections/notes", None, "1111111"),
    ("GET", "/collections/notes/exists", None, "1111111"),
    ("POST", "/collections/notes/points/count", {"exact": True}, "1111111"),
    ("GET", "/collections/notes/cluster", None, "1111110"),
    ("GET", "/collections/notes/snapshots", None, "1111110"),
    ("GET", "/collections/notes/snapshots/x.snapshot", None, "1111110"),
    ("GET", "/cluster", None, "1111000"),
    ("GET", "/metrics", None, "1111000"),
    ("GET", f"{SHARD}/snapshot/partial/manifest", None, "1111000"),
    ("POST", "/collections/notes/snapshots", None, "1001010"),
    ("DELETE", "/collections/notes/snapshots/x.snapshot", None, "1001010"),
    ("GET", f"{SHARD}/snapshot", None, "1001010"),
    ("POST", f"{SHARD}/snapshot/partial/create", {}, "1001010"),
    ("PUT", "/collections/notes/index", {"field_name": "tag", "field_schema": "integer"}, "1001010"),
    ("POST", "/collections/aliases", {"actions": []}, "1001000"),
    ("PUT", "/collections/another", {"vectors": {}}, "1001000"),
    ("POST", "/collections/notes/snapshots/upload", "form", "1001000"),
    ("PUT", "/collections/notes/snapshots/recover", {"location": "file:///nowhere"}, "1001000"),
)


class Rights(unittest.TestCase):
    def test_table(self):
        server = Running("--api-key", KEY, "--api-key", OTHER_KEY, "--read-only-api-key", READ_ONLY, "--jwt")
        self.addCleanup(server.stop)
        body = {"vectors": {"size": 4, "distance": "Dot"}}
        server.request("PUT", "/collections/notes", body, {"api-key": OTHER_KEY}).result
        tokens = ["r", "m", *([{"collection": "notes", "access": one}] for one in ("r", "rw", "prw"))]
        keys = [KEY, READ_ONLY, *(make_token(KEY, access, time.time() + 600) for access in tokens)]
        for method, path, body, allowed in TABLE:
            for column, key, may in zip(COLUMNS, keys, allowed):
                headers = {"Authorization": f"Bearer {key}"}
                sent = body
                if body == "form":
                    headers["Content-Type"], sent = form(b"nothing")
                answer = server.request(method, path, sent, headers)
                refused = answer.status == 403 and b"inside the snapshots directory" not in answer.body
                with self.subTest(f"{method} {path} with {column}"):
                    self.assertEqual(refused, may == "0", answer.body[:200])
                    self.assertNotEqual(answer.status, 401)


if __name__ == "__main__":
    unittest.main()
