#!/usr/bin/env python3
"""Makes hostile repositories: every digest holds, and the content means harm.

    hostile.py FOLDER CANARY    a repository FOLDER/CASE/repository with a stack, for each case
    hostile.py FOLDER --list    one line a case: its name, the kind of outcome, what must be said

Kinds: `refused` (a restore fails and says so), `mended` (all of it is restored, harm is avoided),
`listed` (the documents lie, not the files). Paths that lead outside lead to CANARY.
"""
import base64, ctypes, hashlib, io, json, os, pathlib, struct, sys, tarfile

CASES = {}
LINE = {"mode": "0644", "uid": 0, "gid": 0, "mtime": "1", "ctime": "1", "inode": "1", "device": "1"}
libzstd = ctypes.CDLL("libzstd.so.1")
libzstd.ZSTD_compress.restype = libzstd.ZSTD_compressBound.restype = ctypes.c_size_t
libzstd.ZSTD_compressBound.argtypes = [ctypes.c_size_t]
libzstd.ZSTD_compress.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]


def compress(data):
    room = ctypes.create_string_buffer(libzstd.ZSTD_compressBound(len(data)))
    size = libzstd.ZSTD_compress(room, len(room), data, len(data), 1)
    return ctypes.string_at(room, size)


def zeros_frame(count):
    """A frame of blocks of 128 KiB that say nothing but a zero and how often."""
    blocks = [(1 << 17) << 3 | 2 | (number + 1 == count >> 17) for number in range(count >> 17)]
    body = b"".join(block.to_bytes(3, "little") + b"\0" for block in blocks)
    return b"\x28\xb5\x2f\xfd\xe0" + count.to_bytes(8, "little") + body


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def text(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


def header(name, size, kind=b"0", target=b""):
    def block(checksum):
        return struct.pack("100s8s8s8s12s12s8sc100s8s64x8s8s167x", name, b"0000644", b"0000000", b"0000000",
                           b"%011o" % size, b"00000000000", checksum, kind, target, b"ustar\00000", b"0000000", b"0000000")
    return block(b"%06o\0 " % sum(block(b" " * 8)))


def member(name, data, **more):
    return header(name, len(data), **more) + data + bytes(-len(data) % 512)


def pack_bytes(members, sums=None):
    """A pack over (name, stored bytes), and the name that its sums have."""
    if sums is None:
        sums = b"".join(b"%s  %s\n" % (sha256(data).encode(), name) for name, data in members)
    whole = member(b"recover-pack-1", b"") + b"".join(member(*one) for one in members)
    whole += member(b"SHA256SUMS", sums) + bytes(1024)
    return whole + bytes(-len(whole) % 4096), sha256(sums)


class Repository:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        for folder in ("packs", "meta", "snapshots", "index", "sessions", "tmp"):
            (self.root / folder).mkdir(parents=True)
        self.write("FORMAT", b"recover-repository 1\n")
        self.document("config.json", {
            "schema": "recover-repository/1", "id": "0" * 32, "created_at": "2026-01-14T02:10:00+00:00",
            "pack_bytes": 64 << 20, "meta_pack_bytes": 4 << 20, "chunk_bytes_max": 4 << 20, "features": []})

    def write(self, name, data):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def document(self, name, value):
        self.write(name, text(value | {"digest": sha256(text(value))}))

    def pack(self, members, folder="packs", name=None, sums=None):
        data, real = pack_bytes(members, sums)
        name = name or real
        return self.write(f"{folder}/{name[:2]}/{name}.tar", data)

    def chunks(self, *contents, folder="packs"):
        """Keeps contents, and gives their ids."""
        members = []
        for content in contents:
            packed = compress(content)
            name = sha256(content).encode()
            members.append((name + b".zst", packed) if len(packed) < len(content) else (name + b".raw", content))
        self.pack(members, folder)
        return [sha256(content) for content in contents]

    def snapshot(self, parts, name="20260114T021000Z-7f3a", component="memory", totals=None, **more):
        body = {"outcome": "captured", "complete": True, "source": "/srv", "mount": False, "consistency": "file",
                "started_at": "2026-01-14T02:10:00+00:00", "finished_at": "2026-01-14T02:10:00+00:00", "files": 0,
                "folders": 0, "links": 0, "databases": 0, "size_bytes": 0, "specials": 0, "problems": [],
                "problem_count": 0, "weak": [], "parts": parts,
                "digest": sha256("".join(part + "\n" for part in parts).encode())} | (totals or {})
        names = component if isinstance(component, list) else [component]
        self.document(f"snapshots/{more.pop('file', name)}.json", {
            "schema": "recover-snapshot/1", "id": name, "seq": 1, "stack": "test", "host": "here", "tool": "t",
            "reason": "manual", "started_at": "2026-01-14T02:10:00+00:00", "finished_at": "2026-01-14T02:10:00+00:00",
            "complete": True, "scope": "full", "added_bytes": 0, "components": {one: body for one in names}} | more)

    def manifest(self, *entries, **more):
        """A snapshot of these entries; bytes are lines as they are."""
        lines = b"".join(one if isinstance(one, bytes) else text(one) + b"\n" for one in entries)
        totals = {kind + "s": sum(1 for one in entries if isinstance(one, dict) and one["type"] == kind)
                  for kind in ("file", "folder", "link")}
        totals["size_bytes"] = sum(one.get("size", 0) for one in entries if isinstance(one, dict)) % (1 << 53)
        self.snapshot(self.chunks(lines, folder="meta"), totals=totals, **more)


def file(path, content=b"a note\n", **more):
    key = "path_b64" if isinstance(path, bytes) else "path"
    path = base64.b64encode(path).decode() if isinstance(path, bytes) else path
    chunk = [[sha256(content), 0, len(content)]] if content else []
    return {key: path, "type": "file", "size": len(content), "sha256": sha256(content), "extents": chunk} | LINE | more


def link(path, target):
    return {"path": path, "type": "link", "target": target} | LINE


def folder(path, **more):
    return {"path": path, "type": "folder"} | LINE | {"mode": "0755"} | more


def case(kind, *said):
    def add(function):
        CASES[function.__name__.replace("_", "-")] = (kind, said, function)
        return function
    return add


def simple(name, kind, said, *entries):
    """A case that is nothing but a manifest; entries may be made with the canary's path."""
    def make(repository, canary):
        repository.chunks(b"a note\n")
        repository.manifest(*[one(canary) if callable(one) else one for one in entries])
    CASES[name] = (kind, (said,) if isinstance(said, str) else said, make)


NOTE = b"a note\n"
BAD = {"sha256": "0" * 64}
simple("traversal", "refused", "../escape", file("../escape"))
simple("traversal-below", "refused", "a/../../escape", folder("a"), file("a/../../escape"))
simple("absolute", "refused", "/escape", lambda canary: file(canary + "/escape"))
simple("dot", "refused", "a/./b", file("a/./b"))
simple("empty-component", "refused", "a//b", file("a//b"))
simple("trailing-slash", "refused", "a/", file("a/"))
simple("nul", "refused", "memory", file("a\0b"))
simple("nul-in-base64", "refused", "memory", file(b"a\0b"))
simple("traversal-in-base64", "refused", "memory", file(b"\xff/../../../escape"))
simple("long-name", "refused", "memory", file("n" * 300))
simple("through-link", "refused", "memory/a", lambda canary: link("a", canary), file("a/escape"))
simple("through-links", "refused", "memory/b",
       lambda canary: link("a", canary), link("b", "a"), file("b/escape"))
simple("folder-in-link", "refused", "memory/a", lambda canary: link("a", canary), folder("a/escape", mode="0777"))
simple("link-in-link", "refused", "memory/a", lambda canary: link("a", canary), link("a/escape", "x"))
# The file is not restored, so that its name is free when the link is made.
simple("link-for-lost-file", "refused", "a", file("a", **BAD), lambda canary: link("a", canary),
       folder("a", mode="0777"), folder("a/inner", mode="0777"), link("a/escape", "x"))
simple("twice", "refused", "a", file("a"), file("a"))
simple("out-of-order", "refused", "a", file("b"), file("a"))
simple("hard-link-outside", "refused", "memory", file("a", hardlink="../../canary/secret", **BAD),
       file("b", hardlink="../../canary/secret", **BAD))
simple("hard-link-to-other", "refused", "b", file("a", hardlink="1:1"), file("b", b"other", hardlink="1:1"))
simple("device", "refused", "device", folder("a", type="device"))
simple("fifo", "refused", "fifo", folder("a", type="fifo"))
simple("size-2-63", "refused", "memory", file("a", size=1 << 63, extents=[{"hole": 1 << 63}]))
simple("size-2-53", "refused", "memory", file("a", size=1 << 53, extents=[{"hole": 1 << 53}]))
simple("size-negative", "refused", "memory", file("a", size=-1))
simple("size-float", "refused", "memory", text(file("a", size=1)).replace(b'"size":1', b'"size":1e300') + b"\n")
simple("holes-overflow", "refused", "a", file("a", size=5, extents=[{"hole": (1 << 53) - 1}] * 4096))
simple("sizes-overflow", "refused", "memory",
       *[file(f"f{n:05}", size=(1 << 53) - 1, extents=[{"hole": (1 << 53) - 1}]) for n in range(2050)])
simple("extent-outside", "refused", "a", file("a", extents=[[sha256(NOTE), 3, 7]]))
simple("extent-far-outside", "refused", "memory", file("a", extents=[[sha256(NOTE), 1 << 40, 7]]))
simple("extent-missing", "refused", "a", file("a", extents=[["0" * 64, 0, 7]]))
simple("extents-too-short", "refused", "a", file("a", extents=[]))
simple("other-content", "refused", "a", file("a", **BAD))
simple("negative-mode", "refused", "memory", file("a", mode="-1"))
simple("mode-beyond", "refused", "memory", file("a", mode="0777777"))
simple("owner-beyond", "refused", "memory", file("a", uid=1 << 40))
simple("deep-json", "refused", "memory", b'{"path":"a","x":' + b"[" * 200000 + b"]" * 200000 + b"}\n")
simple("two-names", "mended", "", file("A"), file("a"), file("e\u0301"), file("\u00e9"))
simple("escapes", "mended", "", link("\x1b]0;title\x07", "\x1b[2J"), file("red\x1b[31m\n\x07name"))
simple("set-user-id", "mended", "", file("a", mode="06755"), folder("b", mode="07777"),
       file("c", xattrs={"security.capability": "AQAAAv//////////AAAAAAAAAAA=", "trusted.x": "eA=="}))


@case("refused", "memory")
def list_in_itself(repository, canary):
    """The list of extents is the manifest that names it, as far as digests allow."""
    [inner] = repository.chunks(text(file("a", extents=[])) + b"\n", folder="meta")
    entry = file("a", size=7)
    entry.pop("extents")
    repository.manifest(entry | {"extents_in": [inner]})


@case("refused", "a")
def list_bomb(repository, canary):
    """A few kilobytes that unfold to millions of extents."""
    [start, middle] = repository.chunks(b'[{"hole":1}', b',{"hole":0}' * 381300, folder="meta")
    entry = file("a", size=1 << 40)
    entry.pop("extents")
    repository.manifest(entry | {"extents_in": [start] + [middle] * 16})


@case("refused", "memory")
def other_kind(repository, canary):
    """A configuration, an extent list and noise are offered as parts."""
    repository.snapshot(repository.chunks(b"version: 1\nstack: test\n", folder="meta"))


@case("refused", "memory")
def extents_as_part(repository, canary):
    repository.snapshot(repository.chunks(b'[["' + b"0" * 64 + b'",0,5]]\n', folder="meta"))


@case("refused", "memory")
def half_a_line(repository, canary):
    repository.snapshot(repository.chunks(text(file("a")), folder="meta"))


@case("refused", "20260114T021000Z-7f3a")
def other_id(repository, canary):
    repository.chunks(NOTE)
    repository.manifest(file("a"), name="20260114T021000Z-ffff", file="20260114T021000Z-7f3a")


for number, name in enumerate(["../escape", "a/b", ".", "..", "", "line\nfeed/x", "x" * 5000]):
    def impossible(repository, canary, name=name):
        repository.chunks(NOTE)
        repository.manifest(file("a"), component=[name])
    CASES[f"component-{number}"] = ("refused", ("",), impossible)


@case("listed", "")
def huge_counts(repository, canary):
    big = (1 << 63) - 1
    repository.chunks(NOTE)
    lines = repository.chunks(text(file("a")) + b"\n", folder="meta")
    repository.snapshot(lines, component=["memory", "other"], seq=big, added_bytes=(1 << 64) - 1,
                        totals={"files": big, "folders": big, "size_bytes": (1 << 64) - 1, "problem_count": -big})


@case("refused", "snapshots/")
def nested_document(repository, canary):
    repository.write("snapshots/20260114T021000Z-7f3a.json", b'{"x":' + b"[" * 500000 + b"]" * 500000 + b"}")


@case("mended", "")
def escapes_in_document(repository, canary):
    repository.chunks(NOTE)
    evil = "\x1b[31m\x07\x1b]0;t\x07"
    repository.manifest(file("a"), tag=evil, note=evil, host=evil, tool=evil, reason="manual")


@case("refused", "memory")
def bomb(repository, canary):
    """A frame of a few kilobytes that makes a GiB of zeros, under the name of a chunk."""
    repository.pack([(sha256(NOTE).encode() + b".zst", zeros_frame(1 << 30))])
    repository.manifest(file("a"))


@case("refused", "memory")
def lying_frame(repository, canary):
    """A frame that claims seven bytes in its header and makes a GiB."""
    frame = bytearray(zeros_frame(1 << 30))
    frame[5:13] = (7).to_bytes(8, "little")
    repository.pack([(sha256(NOTE).encode() + b".zst", bytes(frame))])
    repository.manifest(file("a"))


@case("refused", "a")
def wrong_id(repository, canary):
    repository.pack([(sha256(NOTE).encode() + b".raw", b"poison\n")])
    repository.manifest(file("a"))


@case("mended", "")
def lying_pack_name(repository, canary):
    """Chunks are proven by their ids, whatever the pack is called."""
    repository.pack([(sha256(NOTE).encode() + b".raw", NOTE)], name="ab" * 32)
    repository.manifest(file("a"))


@case("mended", "")
def repeated_members(repository, canary):
    name = sha256(NOTE).encode() + b".raw"
    repository.pack([(name, b"poison\n"), (name, NOTE), (name, NOTE)])
    repository.chunks(NOTE, folder="meta")
    repository.manifest(file("a"))


@case("mended", "")
def overlapping_members(repository, canary):
    """A header claims the headers behind it as its content."""
    name = sha256(NOTE).encode() + b".raw"
    inner = member(name, NOTE)
    repository.pack([(b"0" * 64 + b".raw", inner + inner)])
    repository.chunks(NOTE)
    repository.manifest(file("a"))


@case("mended", "")
def foreign_headers(repository, canary):
    """Names of a hundred bytes that are no text, sizes up to 8 GiB, sums of 8 GiB in a file with a hole."""
    for number, (name, size) in enumerate([(b"\xff" * 100, 0), (b"x" * 100, 8 ** 11 - 1), (b"SHA256SUMS", 8 ** 11 - 1)]):
        path = repository.write(f"packs/a{number}/{'a%d' % number * 32}.tar", member(b"recover-pack-1", b"") + header(name, size))
        os.truncate(path, 9 << 30 if name == b"SHA256SUMS" else 1 << 20)
    repository.chunks(NOTE)
    repository.manifest(file("a"))


@case("mended", "")
def sparse_files(repository, canary):
    """Files of a TiB that take no space, wherever a reader reads a whole file."""
    for name in ("packs/bb/" + "bb" * 32 + ".tar", "index/" + "cc" * 32 + ".idx", "facts/pins/x.json"):
        os.truncate(repository.write(name, b""), 1 << 40)
    path = repository.write("index/" + "dd" * 32 + ".idx", b"recover-index-1\n" + b"\xff" * 8)
    os.truncate(path, 32 + (2 ** 32 - 1) * 80 + 32)
    repository.chunks(NOTE)
    repository.manifest(file("a"))


@case("mended", "")
def lying_index(repository, canary):
    """An index with its digest, whose places are elsewhere."""
    repository.chunks(NOTE)
    path = next(repository.root.glob("packs/*/*.tar"))
    packs = bytes.fromhex(path.stem) + struct.pack("<QB7x", path.stat().st_size, 0)
    packs += bytes(32) + struct.pack("<QB7x", (1 << 64) - 1, 1)
    entries = b""
    for number, at, stored, plain in [(0, 0, 7, 7), (0, 2 ** 32 - 1, 7, 7), (1, 2, 7, 7), (0, 2, 0, 0),
                                      (0, 2, 2 ** 24 - 1, 2 ** 24 - 1), (7, 2, 7, 7)]:
        entries += bytes.fromhex(sha256(NOTE))[:18] + struct.pack("<II", number, at)
        entries += stored.to_bytes(3, "little") + plain.to_bytes(3, "little")
    index = b"recover-index-1\n" + struct.pack("<IIQ", 2, 6, 0) + packs + entries
    index += hashlib.sha256(index).digest()
    repository.write(f"index/{sha256(index)}.idx", index)
    repository.chunks(NOTE, folder="meta")
    repository.manifest(file("a"))


@case("mended", "")
def members_of_other_kinds(repository, canary):
    """Members with the names of chunks that are links, devices and folders."""
    name = sha256(NOTE).encode() + b".raw"
    for number, (kind, target) in enumerate([(b"2", canary.encode() + b"/secret"), (b"1", canary.encode() + b"/secret"),
                                             (b"3", b""), (b"6", b""), (b"5", b"")]):
        whole = member(b"recover-pack-1", b"") + header(name, 0, kind, target) + member(name, b"poison\n") + bytes(1024)
        repository.write(f"packs/e{number}/{'e%d' % number * 32}.tar", whole + bytes(-len(whole) % 4096))
    repository.chunks(NOTE, folder="meta")
    repository.manifest(file("a"))


@case("mended", "")
def compressed_pack(repository, canary):
    """A pack that is a compressed tar with a chunk of 32 MiB in it: tar unpacks what it recognises."""
    name = sha256(NOTE)
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:xz", preset=1) as tar:
        info = tarfile.TarInfo(name + ".raw")
        info.size = 32 << 20
        tar.addfile(info, open("/dev/zero", "rb"))
    repository.write("packs/cc/" + "cc" * 32 + ".tar", inner.getvalue())
    repository.chunks(NOTE, folder="meta")
    repository.manifest(file("a"))


@case("mended", "")
def pipes_and_loops(repository, canary):
    """Pipes and a circle of links in the repository's own folders."""
    os.mkfifo(repository.root / "snapshots" / "20260114T021000Z-0000.json")
    os.mkfifo(repository.root / "index" / ("ab" * 32 + ".idx"))
    (repository.root / "packs" / "ee").mkdir()
    os.mkfifo(repository.root / "packs" / "ee" / ("ee" * 32 + ".tar"))
    os.symlink("..", repository.root / "packs" / "ff")
    repository.chunks(NOTE)
    repository.manifest(file("a"))


@case("mended", "")
def heavy_lines(repository, canary):
    """Folders with three megabytes of attributes each, in a few kilobytes a part."""
    value = base64.b64encode(bytes(2900000))
    line = text(folder("NAME", xattrs={"user.x": "VALUE"})).replace(b"VALUE", value) + b"\n"
    parts = [line.replace(b"NAME", b"f%03d" % number, 1) for number in range(96)]
    ids = [repository.chunks(part, folder="meta")[0] for part in parts]
    repository.snapshot(ids, totals={"folders": len(ids)})


@case("mended", "")
def many_entries(repository, canary):
    """As many lines as fit into a few parts."""
    ids = []
    for part in range(3):
        lines = b"".join(text(folder(f"p{part}n{n:05}")) + b"\n" for n in range(10000))
        ids += repository.chunks(lines, folder="meta")
    repository.snapshot(ids, totals={"folders": 30000})


@case("mended", "")
def long_extents(repository, canary):
    """A hundred files of which each has a line of four megabytes of holes."""
    entry = file("NAME", b"", size=300000, sha256=sha256(bytes(300000)), extents=["HOLES"])
    line = text(entry).replace(b'"HOLES"', b",".join([b'{"hole":1}'] * 300000)) + b"\n"
    parts = [line.replace(b"NAME", b"f%03d" % number, 1) for number in range(100)]
    ids = [repository.chunks(part, folder="meta")[0] for part in parts]
    repository.snapshot(ids, totals={"files": 100, "size_bytes": 100 * 300000})


def main():
    root = pathlib.Path(sys.argv[1])
    if sys.argv[2] == "--list":
        for name, (kind, said, _) in CASES.items():
            print(name, kind, *said)
        return
    canary = sys.argv[2]
    for name, (_, _, make) in CASES.items():
        home = root / name
        repository = Repository(home / "repository")
        make(repository, canary)
        (home / "memory").mkdir()
        (home / "memory" / "live").write_text("what is live\n")
        (home / "recover.yaml").write_text(
            f"version: 1\nstack: test\nrepository: {home}/repository\nstate: {home}/state\n"
            f"components: {{memory: {home}/memory}}\n")
        os.chmod(home / "recover.yaml", 0o600)


main()
