"""Sends a shard of any size as fast as a disk cache gives it: what a client can do, not what a server can.

    big_shard.py FOLDER GIBIBYTES [--prepare]

The archive is a recorded one (Tests/Fixtures/qdrant) with files of random bytes added to its first segment and to the
manifest of that. It answers what a backup of one collection asks, as a Qdrant does.
"""
import hashlib
import http.server
import io
import json
import os
import subprocess
import sys
import tarfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RECORDED = f"{ROOT}/Tests/Fixtures/qdrant/archives"
FILE_BYTES, PIECE_BYTES = 512 << 20, 4 << 20
VERSIONS = iter(range(3, 1000))


def random_bytes(path, count, key):
    with open(path, "wb") as file:
        maker = subprocess.Popen(["openssl", "enc", "-aes-128-ctr", "-K", f"{key:032x}", "-iv", "0", "-in", "/dev/zero"],
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        left = count
        while left:
            left -= file.write(maker.stdout.read(min(left, PIECE_BYTES)))
        maker.kill()
        maker.wait()


def make(folder, gibibytes):
    """Writes the stream with manifests, and the archive that a server would make, which has none."""
    stream, archive = f"{folder}/big-{gibibytes}.stream.tar", f"{folder}/big-{gibibytes}.archive.tar"
    if os.path.exists(archive):
        return stream, archive
    spare = f"{folder}/random"
    names = [f"vector_storage/vectors/chunk_{number + 100}.mmap" for number in range(gibibytes << 30 >> 29)]
    with tarfile.open(stream, "w", format=tarfile.GNU_FORMAT) as new, tarfile.open(f"{archive}.new", "w", format=tarfile.GNU_FORMAT) as plain:
        with tarfile.open(f"{RECORDED}/notes-base.partial.tar") as old:
            first = None
            for member in old:
                content = old.extractfile(member).read() if member.isfile() else b""
                if member.name.endswith("/segment_manifest.json") and first is None:
                    first = member.name.removesuffix("segment_manifest.json")
                    manifest = json.loads(content)
                    manifest["file_versions"] |= {name: 1 for name in names}
                    content = json.dumps(manifest).encode()
                    add(new, member.name, content)
                    for number, name in enumerate(names):
                        random_bytes(spare, FILE_BYTES, number + 1)
                        for tar in (new, plain):
                            tar.add(spare, first + name)
                    continue
                if member.isdir():
                    for tar in (new, plain):
                        tar.addfile(member)
                    continue
                add(new, member.name, content)
                if not member.name.endswith("/segment_manifest.json"):
                    add(plain, member.name, content)
    os.remove(spare)
    os.rename(f"{archive}.new", archive)
    return stream, archive


def add(tar, name, content):
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


def manifests(stream):
    found = {}
    with tarfile.open(stream) as tar:
        for member in tar:
            if member.name.endswith("/segment_manifest.json"):
                one = json.load(tar.extractfile(member))
                found[one["segment_id"]] = one
    return found


class Shard(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def serve(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        path, shard = self.path.partition("?")[0], "/collections/big/shards/0"
        if path == f"{shard}/snapshot/partial/create":
            self.send_file(self.server.stream, chunked=True)
        elif self.command == "GET" and path.startswith(f"{shard}/snapshots/"):
            self.send_file(self.server.archive)
        elif path == "/next-version":
            self.server.version = next(VERSIONS)
            self.send_json({"result": True})
        elif path == "/":
            self.send_json({"title": "qdrant - vector search engine", "version": f"1.18.{self.server.version}"})
        else:
            self.send_json({"result": self.result(path, shard), "status": "ok", "time": 0})

    do_GET = do_POST = do_DELETE = serve

    def result(self, path, shard):
        made = {"name": "big.snapshot", "size": os.path.getsize(self.server.archive), "checksum": self.server.checksum}
        return {
            "/aliases": {"aliases": []},
            "/collections": {"collections": [{"name": "big"}]},
            "/collections/big": {"status": "green", "config": {"params": {}}, "payload_schema": {}},
            "/collections/big/cluster": {
                "peer_id": 1, "shard_count": 1, "remote_shards": [], "shard_transfers": [],
                "local_shards": [{"shard_id": 0, "points_count": 1, "state": "Active"}],
            },
            "/collections/big/points/count": {"count": 1},
            "/collections/big/points/scroll": {"points": [{"id": 1}], "next_page_offset": None},
            "/collections/big/snapshots": [],
            f"{shard}/snapshot/partial/manifest": self.server.manifests,
            f"{shard}/snapshots": made if self.command == "POST" else [],
            "/cluster": {"status": "disabled"},
        }.get(path, True)

    def send_json(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_file(self, path, chunked=False):
        size = os.path.getsize(path)
        self.send_response(200)
        self.send_header("transfer-encoding", "chunked") if chunked else self.send_header("content-length", str(size))
        self.send_header("etag", '"1"')
        self.end_headers()
        with open(path, "rb") as file:
            position = 0
            while position < size:
                count = min(PIECE_BYTES, size - position)
                if chunked:
                    self.wfile.write(b"%x\r\n" % count)
                end = position + count
                while position < end:
                    position += os.sendfile(self.connection.fileno(), file.fileno(), position, end - position)
                if chunked:
                    self.wfile.write(b"\r\n")
        if chunked:
            self.wfile.write(b"0\r\n\r\n")


def main():
    folder, gibibytes = sys.argv[1], int(sys.argv[2])
    stream, archive = make(folder, gibibytes)
    if "--prepare" in sys.argv:
        return
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shard)
    server.stream, server.archive, server.manifests, server.version = stream, archive, manifests(stream), 2
    with open(archive, "rb") as file:
        server.checksum = hashlib.file_digest(file, "sha256").hexdigest()
    subprocess.run(["cat", stream], stdout=subprocess.DEVNULL, check=True)
    print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}", "bytes": os.path.getsize(stream)}), flush=True)
    server.serve_forever()


main()
