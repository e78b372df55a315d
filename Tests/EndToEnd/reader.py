#!/usr/bin/env python3
"""Restores from a recover repository, format 1:  reader.py REPOSITORY SNAPSHOT|latest DIR [COMPONENT...]

Written from docs/repository-format.md alone; numbers in brackets are its sections. No index is used: the headers of all
packs are read first, then each chunk where it lies (those that the snapshot does not use are not read). Damage is reported
with the name of the file, other copies and other files are still tried, and the exit status is 1; a file whose content
cannot be proven is left out. DIR must be absent or empty. If packs vanish meanwhile, by pruning, run it again.
In memory: 500 bytes a chunk of the repository, 32 chunks, a part of a manifest. Needs Python 3.9 and libzstd.so.1.
"""
import base64, contextlib, ctypes, functools, glob, hashlib, itertools, json, os, pathlib, re, struct, sys

CHUNK_MAX, ZEROS, ZERO, TOMBSTONE = 4 << 20, bytes(1 << 20), b"0000000", b'{"revoked":true}'
SNAPSHOT = re.compile("([0-9]{8}T[0-9]{6}Z-[0-9a-f]{4})[.]json")
PACK = re.compile(".*/(?:packs|meta)/(..)/((?=\\1)[0-9a-f]{64})[.]tar", re.DOTALL)
EXTENT = re.compile(rb"[\[,](\[[^][{}]*\]|\{[^][{}]*\})")   # one extent in the text of a list, with what precedes it
BAD = re.compile(rb"(^|/)[.]{0,2}(/|\Z)|\0|[^/]{256}")   # what no path has (8)
reported, plaintext = set(), ctypes.create_string_buffer(CHUNK_MAX)
zstd_decompress = ctypes.CDLL("libzstd.so.1").ZSTD_decompress
zstd_decompress.argtypes, zstd_decompress.restype = [ctypes.c_void_p, ctypes.c_size_t] * 2, ctypes.c_size_t

@contextlib.contextmanager
def reporting(what):
    """Whatever is wrong inside is printed with the name of what it concerns, once, and makes the exit status 1."""
    try:
        yield
    except Exception as fault:
        line = f"reader: {what}: {fault if type(fault) is ValueError or isinstance(fault, OSError) else repr(fault)}"
        if line not in reported:
            reported.add(line)
            print(line, file=sys.stderr)

def require(condition, message):
    if not condition:
        raise ValueError(message)

def sha256(data):
    return hashlib.sha256(data).hexdigest()

def read_document(path, schema, limit):
    """A JSON document whose digest and schema hold (2). The last digest in it is the one of the top level."""
    with open(path, "rb") as file:
        data = file.read(limit + 1)
    before, _, after = data.rpartition(b'"digest":"')
    proven = after[:66] == b'%s",' % sha256(before + after[66:]).encode()
    require(proven and len(data) <= limit, f"{path} does not match its digest, or is revoked")
    document = json.loads(data)
    require(document["schema"] == schema, f"{path}: schema is not {schema}")
    return document

def tar_header(name, size, checksum=b" " * 8):
    """The one header that a member may have (4)."""
    block = struct.pack("100s8s8s8s12s12s8sc100x8s64x8s8s167x", name, b"0000644", ZERO, ZERO, b"%011o" % size,
                        b"00000000000", checksum, b"0", b"ustar\00000", ZERO, ZERO)
    return block if checksum.strip() else tar_header(name, size, b"%06o\0 " % sum(block))

def read_chunk(file, chunk_id, offset, size, form, stored_digest):
    plain = stored = os.pread(file.fileno(), size, offset)
    if form == b"zst":
        length = zstd_decompress(plaintext, CHUNK_MAX, stored, len(stored))
        require(length <= CHUNK_MAX, f"the bytes at {offset} do not decompress, or to more than 4 MiB")   # or an error
        plain = ctypes.string_at(plaintext, length)
    require(sha256(plain) == chunk_id, f"the bytes at {offset} have another SHA-256")
    with reporting(f"{file.name}: chunk {chunk_id}"):   # and is good nevertheless
        require(stored_digest in (None, chunk_id if plain is stored else sha256(stored)), "SHA256SUMS has another sum")
    return plain

class Repository:
    def __init__(self, root):
        self.root, self.chunks = root, {}   # id: [(pack, offset, size, form, stored digest)]
        with open(f"{root}/FORMAT", "rb") as file:
            require(file.read(64) == b"recover-repository 1\n", f"{file.name}: unknown format")
        config = read_document(f"{root}/config.json", "recover-repository/1", 64 << 10)
        require(config["features"] == [], f"{root}/config.json: unknown features {config['features']}")

    def snapshot(self, name):
        document = read_document(f"{self.root}/snapshots/{name}.json", "recover-snapshot/1", 64 << 20)
        require(document["id"] == name, f"{self.root}/snapshots/{name}.json: id is not the name")
        return document

    def latest(self):
        """Any damaged snapshot might be the latest and ends the search: a person has to name one."""
        files = [file for file in pathlib.Path(self.root, "snapshots").iterdir() if SNAPSHOT.fullmatch(file.name)]
        found = (self.snapshot(file.stem) for file in files if file.read_bytes() != TOMBSTONE)
        full = [one for one in found if one["complete"] and one["scope"] == "full"]
        require(len({one["stack"] for one in full}) == 1, "no latest, or one of each stack: name a snapshot")
        return max(full, key=lambda one: (one["seq"], one["id"]))

    def list_packs(self):
        for match in filter(None, map(PACK.fullmatch, sorted(glob.glob(f"{glob.escape(self.root)}/*/*/*.tar")))):
            with reporting(match[0]), open(match[0], "rb", buffering=0) as file:
                self.list_pack(match[0], match[2], file.fileno())

    def list_pack(self, path, pack_id, file):
        """Notes the members. A pack that is not as in 4 is reported, and searched for headers; ids prove its chunks."""
        members, sums, slack, faults, position, end = [], b"", b"", [], 0, os.fstat(file).st_size
        while position < end and not sums:
            block, start = os.pread(file, 512, position), position + 512
            name, size = block[:100].rstrip(b"\0"), int(b"0" + re.sub(b"[^0-7]", b"", block[124:135]), 8)
            valid = block == tar_header(name, size) and start + size <= end
            if valid and position and re.fullmatch(b"[0-9a-f]{64}[.](raw|zst)", name) and 0 < size <= CHUNK_MAX:
                members.append((name, start, size))
            elif valid and position and name == b"SHA256SUMS":
                sums = os.pread(file, size, start)
            elif not valid or position or (name, size) != (b"recover-pack-1", 0):
                faults, size = faults + [f"invalid header at {position}"], 0
            position = start + size + -size % 512
            slack += os.pread(file, -size % 512, start + size)
        slack += os.pread(file, 8192, position)
        proven = sums if sha256(sums) == pack_id else b""
        digests = {line[66:]: line[:64].decode("latin1") for line in proven.splitlines()}
        for name, offset, size in members:
            place = (path, offset, size, name[65:], digests.get(name))
            self.chunks.setdefault(bytes.fromhex(name[:64].decode()), []).append(place)
        require(not faults, "; ".join(faults[:3]))
        require([*digests] == [member[0] for member in members] != [], "SHA256SUMS is not that of name and members")
        require(end == -(-(position + 1024) // 4096) * 4096 and not any(slack), "padding or end is not as it must be")

    @functools.lru_cache(maxsize=32)
    def chunk(self, chunk_id):   # from any intact copy (1, 3)
        for pack, *place in self.chunks.get(bytes.fromhex(chunk_id), ()):
            with reporting(f"{pack}: chunk {chunk_id}"), open(pack, "rb") as file:
                return read_chunk(file, chunk_id, *place)
        raise ValueError(f"chunk {chunk_id} has no intact copy")

    def extents(self, entry):
        yield from entry.get("extents", ())
        text, position = b"" if "extents_in" in entry else b"]", 0
        for chunk_id in entry.get("extents_in", ()):
            text, position = text[position:] + self.chunk(chunk_id), 0
            while match := EXTENT.match(text, position):
                yield json.loads(match[1])
                position = match.end()
        require(text[position:] == b"]", "the list of extents is not an array")

    def entries(self, component, parts):
        """Path and entry, line by line, order and paths checked (6, 8). A lost part is reported and left out."""
        last, last_type = None, "folder"
        for part in parts:
            lines = [""]
            with reporting(f"{component}: manifest part {part}"):
                lines = self.chunk(part).decode().split("\n")
            require(lines.pop() == "", f"manifest part {part} does not end with a whole line")
            for entry in map(json.loads, lines):
                path, kind = path_text(entry, "path"), entry["type"]
                proper = path == b"" and kind == "folder" or len(path) < 4096 and not BAD.search(path)
                require(proper and kind in ("file", "folder", "link"), f"bad path or type: {kind} {path!r}")
                key = path.replace(b"/", b"\0")   # "/" is lower than every other byte
                require(last is None or last < key, f"manifest is out of order at {path!r}")
                require(last_type == "folder" or not key.startswith(last + b"\0"), f"{path!r} lies below no folder")
                last, last_type = key, kind
                yield path, entry

def path_text(entry, name):   # its bytes (6)
    return entry[name].encode() if name in entry else base64.b64decode(entry[name + "_b64"], validate=True)

def restore(repository, component, record, target):
    """Links and the status of folders come last, so that no link is there to be followed (8, 9)."""
    parts, made, folders = record["parts"], {}, []
    require(sha256("".join(part + "\n" for part in parts).encode()) == record["digest"], "digest does not match its parts")
    require(record["outcome"] == "captured", "its capture failed, nothing of it was kept")
    os.mkdir(target)
    os.chdir(target)
    for path, entry in repository.entries(component, parts):
        with reporting(f"{component}/{path!r}"):
            if path and entry["type"] != "link":
                make(repository, path, entry, made)
    for path, entry in itertools.chain(repository.entries(component, parts), [(None, {"type": "end"})]):
        while folders and (path is None or folders[-1][0] and not path.startswith(folders[-1][0] + b"/")):
            with reporting(f"{component}/{folders[-1][0]!r}"):   # all that is in the folder is made
                set_status(*folders.pop())
        with reporting(f"{component}/{path!r}"):
            if entry["type"] == "folder":
                folders.append((path, entry))
            elif entry["type"] == "link":
                make(repository, path, entry, made)

def make(repository, path, entry, made):
    os.makedirs(os.path.dirname(path) or b".", exist_ok=True)
    same = (entry.get("hardlink"), entry.get("size"), entry.get("sha256"))
    if entry["type"] == "folder":
        os.mkdir(path)
    elif entry.get("elsewhere"):
        require(not {"extents", "extents_in"} & set(entry) and entry["size"], "content that is here and elsewhere")
        with open("../FETCH.sha256", "ab") as file:   # where we are is the folder of the component (9)
            file.write(checksum_line(entry["sha256"], os.path.basename(os.getcwdb()) + b"/" + path))
        raise ValueError(f"only its hash was kept: {entry['size']} bytes to fetch are listed in FETCH.sha256")
    elif entry["type"] == "link":
        os.symlink(path_text(entry, "target"), path)
        set_status(path, entry)
    elif same in made:
        os.link(made[same], path)
    else:
        with open(path, "xb") as file, contextlib.ExitStack() as on_failure:
            on_failure.callback(os.unlink, path)   # rather no file than a wrong one
            write(repository, file, entry)
            set_status(path, entry)
            on_failure.pop_all()
        made.update({same: path} if "hardlink" in entry else {})

def checksum_line(digest, name):   # escaped as sha256sum does it
    plain = name.replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\r", b"\\r")
    return b"\\" * (plain != name) + digest.encode() + b"  " + plain + b"\n"

def write(repository, file, entry):
    """The content, with both checks of a file (8)."""
    size, done, digest = entry["size"], 0, hashlib.sha256()
    for extent in repository.extents(entry):
        if "hole" in extent:
            length = extent["hole"]
            require(0 <= length <= size - done, "extents do not add up to the size")
            file.seek(done + length)
            for start in range(0, length, len(ZEROS)):
                digest.update(memoryview(ZEROS)[:length - start])
        else:
            chunk_id, offset, length = (None, 0, None) if "b64" in extent else extent
            data = repository.chunk(chunk_id) if chunk_id else base64.b64decode(extent["b64"], validate=True)
            data = memoryview(data)[offset:][:length]
            require(offset >= 0 and length in (None, len(data)), f"extent {extent} does not lie within its chunk")
            digest.update(data)
            length = file.write(data)
        done += length
    require(done == size and digest.hexdigest() == entry["sha256"], "content does not have its size and SHA-256")
    file.truncate()   # for a hole at the end; writes what is buffered, too

def set_status(path, entry):
    """Owner, attributes, mode, time: changing the owner clears some of the others (9)."""
    path, mode, mtime = path or b".", int(re.fullmatch("0[0-7]{0,4}", entry["mode"])[0], 8), int(entry["mtime"])
    try:
        os.lchown(path, entry["uid"], entry["gid"])
    except OSError:
        mode &= 0o1777   # neither set-user-id nor set-group-id
    for name, value in entry.get("xattrs", {}).items():
        with reporting(f"attribute {name} of {path!r}"):
            os.setxattr(path, name, base64.b64decode(value, validate=True), follow_symlinks=False)
    if entry["type"] != "link":
        os.chmod(path, mode)
    os.utime(path, ns=(mtime, mtime), follow_symlinks=False)

def main(root, name, target, *wanted):
    repository, target = Repository(os.path.abspath(root)), os.path.abspath(target)
    require(name == "latest" or SNAPSHOT.fullmatch(name + ".json"), f"{name!r} is no name of a snapshot")
    snapshot = repository.latest() if name == "latest" else repository.snapshot(name)
    components = snapshot["components"]
    require(set(wanted) <= set(components), f"the components are {', '.join(components)}")
    require(not any(BAD.search(name.encode()) or "/" in name for name in components), "bad name of a component")
    os.umask(0o077)
    os.makedirs(target, exist_ok=True)
    require(not os.listdir(target), f"{target} is not empty")
    repository.list_packs()
    for component in sorted(set(wanted or components)):
        with reporting(f"component {component}"):
            restore(repository, component, components[component], os.path.join(target, component))
    print(f"{snapshot['id']}: " + ("NOT all restored, or damage was seen" if reported else f"restored to {target}"))

if __name__ == "__main__":
    with reporting("refused"):
        require(len(sys.argv) > 3, __doc__)
        main(*sys.argv[1:])
    sys.exit(1 if reported else 0)
