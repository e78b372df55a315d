"""GNU tar members as the server writes them: sparse files, long names, flag `\\0` for text made in memory."""
import os

BLOCK = 512
READ_BYTES = 1 << 20
HEADER_SPARSE_ENTRIES = 4
EXTENSION_SPARSE_ENTRIES = 21
TRAILER = bytes(2 * BLOCK)


class Member:
    """One member: a name, its length in the archive with headers and padding, and its bytes."""

    def __init__(self, name, length, blocks):
        self.name = name
        self.length = length
        self._blocks = blocks

    def blocks(self):
        return self._blocks()


def file_member(name, path):
    """A file of the disk, with its holes left out."""
    stat = os.stat(path)
    extents = sparse_map(path, stat)
    stored = stat.st_size if extents is None else sum(length for _, length in extents)
    head = header(name, stat.st_mode, stored, stat.st_mtime, "0", (stat.st_uid, stat.st_gid), extents, stat.st_size)
    padding = bytes(-stored % BLOCK)

    def blocks():
        yield head
        with open(path, "rb", buffering=0) as file:
            for offset, length in [(0, stored)] if extents is None else extents:
                yield from _slices(file, offset, length)
        if padding:
            yield padding

    return Member(name, len(head) + stored + len(padding), blocks)


def bytes_member(name, content):
    """A member made in memory: flag `\\0`, no owner, no time."""
    head = header(name, 0o644, len(content), 0, "\0", None)
    body = head + content + bytes(-len(content) % BLOCK)
    return Member(name, len(body), lambda: iter((body,)))


def folder_member(name, path):
    stat = os.stat(path)
    head = header(name + "/", stat.st_mode, 0, stat.st_mtime, "5", (stat.st_uid, stat.st_gid))
    return Member(name, len(head), lambda: iter((head,)))


def nested_member(name, members):
    """An archive inside the archive; the server writes it without the two closing blocks."""
    members = list(members)
    head = header(name, 0o644, sum(one.length for one in members), 0, "\0", None)

    def blocks():
        yield head
        for one in members:
            yield from one.blocks()

    return Member(name, len(head) + sum(one.length for one in members), blocks)


def sparse_map(path, stat):
    """Extents (offset, length) ending in (size, 0) when the file ends in a hole; None when it has no holes."""
    if stat.st_blocks * BLOCK >= stat.st_size:
        return None
    extents, position = [], 0
    descriptor = os.open(path, os.O_RDONLY)
    try:
        while position < stat.st_size:
            try:
                start = os.lseek(descriptor, position, os.SEEK_DATA)
            except OSError:
                break
            position = min(os.lseek(descriptor, start, os.SEEK_HOLE), stat.st_size)
            extents.append((start, position - start))
    finally:
        os.close(descriptor)
    if extents == [(0, stat.st_size)]:
        return None
    if not extents or sum(extents[-1]) < stat.st_size:
        extents.append((stat.st_size, 0))
    return extents


def _slices(file, offset, length):
    while length:
        piece = os.pread(file.fileno(), min(length, READ_BYTES), offset)
        if not piece:
            raise OSError(f"{file.name} became shorter while it was read")
        offset += len(piece)
        length -= len(piece)
        yield piece


def header(name, mode, size, mtime, flag, owner, extents=None, real_size=0):
    """A member's header blocks: a long name first, then the header, then the rest of a sparse map."""
    raw = name.encode()
    prefix = b""
    if len(raw) > 100:
        long = raw + b"\0"
        prefix = _block(b"././@LongLink", 0o644, len(long), 0, "L", (0, 0), devices=False)
        prefix += long + bytes(-len(long) % BLOCK)
    if extents is None:
        return prefix + _block(raw[:100], mode, size, mtime, flag, owner)
    first, rest = extents[:HEADER_SPARSE_ENTRIES], extents[HEADER_SPARSE_ENTRIES:]
    head = _block(raw[:100], mode, size, mtime, "S", owner, _sparse_area(first, bool(rest), real_size))
    while rest:
        some, rest = rest[:EXTENSION_SPARSE_ENTRIES], rest[EXTENSION_SPARSE_ENTRIES:]
        head += (_entries(some).ljust(504, b"\0") + (b"\1" if rest else b"\0")).ljust(BLOCK, b"\0")
    return prefix + head


def _block(name, mode, size, mtime, flag, owner, tail=b"", devices=True):
    ids = _octal(owner[0], 8) + _octal(owner[1], 8) if owner else bytes(16)
    head = name.ljust(100, b"\0") + _octal(mode, 8) + ids + _octal(size, 12) + _octal(int(mtime), 12)
    rest = flag.encode() + bytes(100) + b"ustar  \0" + bytes(64)
    rest += b"0000000\x000000000\0" if owner and devices else bytes(16)
    rest = (rest + tail).ljust(BLOCK - 156, b"\0")
    total = sum(head) + sum(rest) + 8 * ord(" ")
    return head + _octal(total, 8) + rest


def _sparse_area(extents, more, real_size):
    # Access and change time, offset, long names and one spare byte stay empty before the map.
    area = bytes(41) + _entries(extents).ljust(24 * HEADER_SPARSE_ENTRIES, b"\0")
    return area + (b"\1" if more else b"\0") + _octal(real_size, 12)


def _entries(extents):
    return b"".join(_octal(offset, 12) + _octal(length, 12) for offset, length in extents)


def _octal(value, width):
    digits = b"%o" % value
    if len(digits) < width:
        return digits.rjust(width - 1, b"0") + b"\0"
    return (value | 1 << (8 * width - 1)).to_bytes(width, "big")
