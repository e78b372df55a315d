#!/usr/bin/env python3
"""Makes the first inputs of every fuzz target out of a small repository.

    make_seeds.py RECOVER CORPUS

RECOVER is the program, CORPUS the folder that gets one folder of inputs for each target. Inputs
that are there stay; a fuzzer's own finds are kept beside these.
"""

import base64
import hashlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile

RECOVER, CORPUS = sys.argv[1], pathlib.Path(sys.argv[2])
# The same bytes as `treeContent` of the target `tree`.
CONTENT = b"a" * 4096 + b"b" * 4096 + b"c" * 4096


def put(target: str, name: str, data: bytes):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def make_source(home: pathlib.Path):
    memory = home / "memory"
    (memory / "notes").mkdir(parents=True)
    (memory / "notes" / "one.txt").write_text("one\n")
    (memory / "notes" / "größe \\ \n.txt").write_text("two\n")
    os.link(memory / "notes" / "one.txt", memory / "again.txt")
    os.symlink("notes/one.txt", memory / "link")
    with open(os.fsencode(memory) + b"/\xff\xfe.bin", "wb") as file:
        file.write(bytes(range(256)) * 8)
    with open(memory / "sparse.img", "wb") as file:
        file.truncate(1 << 20)
        file.seek(1 << 19)
        file.write(b"x" * 100)
    os.setxattr(memory / "notes" / "one.txt", "user.comment", b"a note\x00")
    base = sqlite3.connect(memory / "facts.db")
    base.execute("create table t (a primary key, b)")
    base.executemany("insert into t values (?, ?)", [(i, "x" * i) for i in range(50)])
    base.commit()
    base.close()


def make_repository(home: pathlib.Path):
    (home / "recover.yaml").write_text(
        f"version: 1\nstack: test\nrepository: {home}/repository\nstate: {home}/state\n"
        f"components: {{memory: {home}/memory}}\n"
    )
    (home / "recover.yaml").chmod(0o600)
    for words in (["init"], ["backup", "--tag", "one"], ["verify", "--all"], ["backup"]):
        subprocess.run([RECOVER, "-q", *words], cwd=home, check=True, stdout=subprocess.DEVNULL)


def members(pack: bytes):
    """The chunks of a pack by name."""
    position = 0
    while pack[position]:
        name = pack[position : position + 100].rstrip(b"\0").decode()
        size = int(pack[position + 124 : position + 135], 8)
        yield name, pack[position + 512 : position + 512 + size]
        position += 512 + (size + 511) // 512 * 512


def from_repository(repository: pathlib.Path):
    for number, file in enumerate(sorted(repository.glob("*/??/*.tar"))):
        pack = file.read_bytes()
        if len(pack) < 40_000:
            put("pack", f"real-{number}", pack)
        for name, stored in members(pack):
            if name == "SHA256SUMS":
                put("checksums", f"real-{number}", stored)
            elif name != "recover-pack-1" and "meta" in file.parts:
                plain = stored
                if name.endswith(".zst"):
                    plain = subprocess.run(["zstd", "-dc"], input=stored, capture_output=True).stdout
                if plain.startswith(b'{"path'):
                    put("manifest", f"real-{number}", plain)
    for number, file in enumerate(sorted(repository.glob("index/*.idx"))):
        put("index", f"real-{number}", file.read_bytes())
    for number, file in enumerate(sorted(repository.glob("snapshots/*.json"))):
        put("snapshot", f"real-{number}", file.read_bytes())
        put("settings", f"snapshot-{number}", file.read_bytes())
    put("settings", "real", (repository / "config.json").read_bytes())
    put("settings", "format", (repository / "FORMAT").read_bytes())
    for number, file in enumerate(sorted(repository.glob("facts/*/*.json"))[:2]):
        put("settings", f"fact-{number}", file.read_bytes())


def line(path: str, content: bytes, extents, **more) -> bytes:
    entry = {
        "path": path, "type": "file", "mode": "0644", "uid": 0, "gid": 0, "mtime": "1", "ctime": "1",
        "inode": "1", "device": "1", "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(), "extents": extents,
    } | more
    return json.dumps(entry, separators=(",", ":")).encode() + b"\n"


def trees():
    """Manifests over the one chunk that the target `tree` has."""
    chunk = hashlib.sha256(CONTENT).hexdigest()
    whole = line("a", CONTENT, [[chunk, 0, len(CONTENT)]])
    put("tree", "whole", whole)
    put("tree", "slices", line("b", CONTENT[5000:9000] + CONTENT[:10], [[chunk, 5000, 4000], [chunk, 0, 10]]))
    put("tree", "hole", whole + line("b", bytes(5000) + b"xyz", [{"hole": 5000}, {"b64": "eHl6"}]))
    table = {"size": 4096, "count": 5, "base": [chunk], "patches": [chunk]}
    put("tree", "pages", line("c", CONTENT, [[chunk, 0, len(CONTENT)]], pages=table))
    folder = b'{"path":"d","type":"folder","mode":"0755","uid":0,"gid":0,"mtime":"1","ctime":"1","inode":"1","device":"1"}\n'
    link = folder.replace(b'"d"', b'"d/x"').replace(b"folder", b"link").replace(b"}\n", b',"target":"/etc"}\n')
    put("tree", "folder", folder + link)
    indirect = json.loads(whole) | {"path": "e"}
    indirect.pop("extents")
    indirect["extents_in"] = [chunk]
    put("tree", "indirect", json.dumps(indirect, separators=(",", ":")).encode() + b"\n")


def texts():
    repository = pathlib.Path(__file__).resolve().parents[2]
    for number, file in enumerate(sorted((repository / "retention").glob("*.yaml"))):
        put("yaml", f"policy-{number}", file.read_bytes())
    put("yaml", "small", b"version: 1\nstack: test\nrepository: r\ncomponents:\n  memory: ./m\n"
        b"  weights: {path: ./w/*.gguf, required: true, exclude: ['*.tmp']}\n")
    put("yaml", "whole", b"version: 1\nstack: test\nrepository: r\nstate: s\ncompose: {files: [compose.yaml], env_file: .env}\n"
        b"components: {a: ./a, q: {qdrant: 'http://localhost:1', api_key: 'env:KEY'}}\n"
        b"hooks: {before_backup: [[sh, -c, 'true']]}\nsecrets: store\nhold: 7d\nretention: nightly\n")
    put("yaml", "aliases", b"a: &a [x, x]\nb: &b [*a, *a]\nc: {<<: {k: v}, d: !!str 1, e: \"\\u00e9\", f: |\n    block\n  }\n")
    put("yaml", "compose", b"name: ai\nservices:\n  db:\n    image: qdrant/qdrant:${TAG:-v1}\n    volumes: ['./data:/data:ro', {type: bind, source: ./x, target: /y}]\n"
        b"    ports: ['127.0.0.1:6333:6333']\n    environment: ['A=b', C]\n")
    put("yaml", "environment", b"# all\nexport TAG=\"1.2\" # why\nA='b c'\nB=c#d\n")
    for number, (pattern, path) in enumerate([
        ("**/*.tmp", "a/b/c.tmp"), ("a/**/b/**/c", "a/x/b/y/z/c"), ("[!a-c]?*", "dog"),
        ("*a*b*c*", "xaxbxc"), ("notes/one.txt", "notes/one.txt"),
    ]):
        put("glob", f"pair-{number}", pattern.encode() + b"\0" + path.encode())
    for number, words in enumerate([
        ["backup", "--tag", "1", "--reason", "nightly", "memory"], ["restore", "--snapshot=latest", "--to", "x", "--dry-run"],
        ["-c", "recover.yaml", "--json", "list"], ["help", "verify"], ["config", "schema"], ["bakcup", "--", "-x"],
        ["verify", "--all", "--level", "full"], ["completion", "bash"],
    ]):
        put("arguments", f"line-{number}", "\0".join(words).encode())
    def member(kind, size, seconds, owner, path, target=b""):
        return bytes([kind]) + b"".join(n.to_bytes(8, "big") for n in (size, seconds, owner)) + path + b"\n" + target + b"\n"
    now = 1_768_000_000
    put("archive", "export", member(2, 0, now, 0o755, b"memory/") + member(0, 4, now, 0o644, b"memory/one.txt", b"ann")
        + member(4, 0, now, 0o644, b"memory/two.txt", b"memory/one.txt") + member(3, 0, now, 0o777, b"weights/l", b"../x"))
    put("archive", "database", member(0, 4096, now, 0o600, b"./facts.db") + member(0, 32, now, 0o600, b"./facts.db-wal"))
    put("archive", "list", b"user::rw-\nuser:1000:r--\nuser:ann:r--:1001\ngroup::r--\nmask::rw-\nother::---\n")
    put("archive", "list-kernel", base64.b64decode("AgAAAAEABgD/////AgAEAOgDAAAEAAQA/////xAABgD/////IAAAAP////8="))
    put("checksums", "escaped", b"\\" + b"0" * 64 + b"  a\\n\\\\b\n" + b"1" * 64 + b" *c\n")
    put("manifest", "extents", b'[["' + b"0a" * 32 + b'",0,5],{"hole":7},{"b64":"eHl6"}]')


def member(name: bytes, data=b"", kind=b"0", size=None, runs=(), real=0, more=False) -> bytes:
    """A member as GNU tar writes it; `runs` are those of a sparse file."""
    block = bytearray(512)
    block[: len(name)] = name
    block[100:108], block[108:116], block[116:124] = b"0000644\0", b"0000000\0", b"0000000\0"
    block[124:136] = b"%011o\0" % (len(data) if size is None else size)
    block[136:148], block[156:157], block[257:265] = b"0" * 11 + b"\0", kind, b"ustar  \0"
    if kind == b"S":
        for number, (offset, length) in enumerate(runs[:4]):
            start = 386 + 24 * number
            block[start : start + 24] = b"%011o\0%011o\0" % (offset, length)
        block[482] = more
        block[483:495] = b"%011o\0" % real
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + data + bytes(-len(data) % 512)


END = bytes(1024)


def shrunk(name: str, wanted) -> bytes:
    """A recorded archive of a shard with a few of its members, and little of their data."""
    path = pathlib.Path(__file__).resolve().parents[1] / "Fixtures/qdrant/archives" / name
    found = b""
    with tarfile.open(path) as archive:
        names = {item.name for item in archive if wanted(item.name)}
        for item in archive:
            if item.name not in names:
                continue
            if item.isdir():
                found += member(item.name.encode() + b"/", kind=b"5")
                continue
            data = archive.extractfile(item).read()
            short = item.name.split("/files/")[-1]
            if short == "segment_manifest.json":
                manifest = json.loads(data)
                folder = item.name[: -len(short)]
                manifest["file_versions"] = {
                    key: value for key, value in manifest["file_versions"].items() if folder + key in names
                }
                data = json.dumps(manifest, separators=(",", ":")).encode()
            elif item.sparse:
                found += member(item.name.encode(), data[:40], b"S", runs=[(0, 40)], real=len(data))
                continue
            elif not short.endswith(".json"):
                data = data[:40]
            long = b"" if len(item.name) < 100 else member(b"././@LongLink", item.name.encode() + b"\0", b"L")
            found += long + member(item.name.encode()[:100], data)
    return found


def tars():
    tops = ("replica_state.json", "shard_config.json", "wal")
    few = ("segment_manifest.json", "segment.json", "version.info", "tag-map/page_0.dat", "config.json")

    def wanted(name: str) -> bool:
        return name.startswith(tops) or name.endswith(few) and "text" not in name and "numeric" not in name

    for name in ("notes-base.stream", "notes-base.partial", "notes-day2.partial"):
        put("tar", name, shrunk(name + ".tar", wanted) + END)
    files = member(b"snapshot/files/segment.json", b"{}") + member(b"snapshot/files/version.info", b"1.17")
    top = member(b"wal/", kind=b"5") + member(b"wal/closed-7", b"log") + member(b"replica_state.json", b"{}")
    top += member(b"shard_config.json", b"{}") + END
    manifest = b'{"segment_id":"u","segment_version":1,"file_versions":{"segment.json":1}}'
    named = files + member(b"snapshot/segment_manifest.json", manifest)
    put("tar", "nested", member(b"segments/u.tar", files + END) + top)
    put("tar", "nested-manifest", member(b"segments/u.tar", named + END) + top)
    put("tar", "nested-open", member(b"segments/u.tar", files) + top)
    put("tar", "levels", member(b"4.tar", member(b"3.tar", member(b"2.tar", member(b"1.tar", files)))) + END)
    put("tar", "named-so", member(b"a.tar", b"no tar" + bytes(600)) + member(b"b.tar", b"x" * 1024) + END)
    put("tar", "sparse", member(b"s", b"x" * 700, b"S", runs=[(0, 100), (4096, 600)], real=9000) + END)
    pairs = b"".join(b"%011o\0%011o\0" % (100 * n, 10) for n in range(4, 30))
    maps = (pairs[: 21 * 24] + b"\1").ljust(512, b"\0") + pairs[21 * 24 :].ljust(512, b"\0")
    runs = [(100 * n, 10) for n in range(4)]
    sparse = member(b"s", kind=b"S", size=300, runs=runs, real=9000, more=True)
    put("tar", "sparse-long", sparse + maps + bytes(512) + END)
    put("tar", "sparse-last", member(b"n.tar", sparse) + maps + bytes(512) + END)
    put("tar", "twice", shrunk("notes-base.stream.tar", lambda name: name.startswith("wal")) * 2 + top)
    deep = member(b"segments/w/segment.json", b"{}") + member(b"segments/w/version.info", b"1")
    inner = member(b"segments/u/files/segment.json", b"{}") + member(b"segments/u/files/version.info", b"1.17")
    inner += member(b"segments/u/files/segment_manifest.json", manifest) + member(b"segments/u/files/x.tar", deep)
    put("tar", "archive-inside", inner + top)


def main():
    home = pathlib.Path(tempfile.mkdtemp())
    try:
        make_source(home)
        make_repository(home)
        from_repository(home / "repository")
    finally:
        shutil.rmtree(home)
    trees()
    texts()
    tars()


main()
