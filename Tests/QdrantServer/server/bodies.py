"""Request bodies: by length, chunked, JSON, and multipart forms spooled to a file."""
import hashlib
import json
import os
import re
import tempfile

from .answers import Refusal, malformed

JSON_LIMIT_BYTES = 32 << 20
PIECE_BYTES = 256 << 10


class Body:
    """The body of one request, read once and in pieces."""

    def __init__(self, headers, file, before_first_read):
        self.file = file
        self._before_read = before_first_read
        self.chunked = "chunked" in headers.get("transfer-encoding", "").lower()
        self.length = int(headers.get("content-length") or 0)
        self.left = None if self.chunked else self.length
        self._chunk_left = 0
        self.done = not self.chunked and self.length == 0

    def read(self, count):
        """At most `count` bytes; empty at the end."""
        if self.done:
            return b""
        self._before_read()
        if self.chunked:
            return self._read_chunked(count)
        piece = self.file.read1(min(count, self.left))
        if not piece:
            raise ConnectionError("the client went away inside a body")
        self.left -= len(piece)
        self.done = self.left == 0
        return piece

    def _read_chunked(self, count):
        if self._chunk_left == 0:
            self._chunk_left = int(self.file.readline(64).split(b";")[0], 16)
            if self._chunk_left == 0:
                while self.file.readline(1024) not in (b"\r\n", b"\n", b""):
                    pass
                self.done = True
                return b""
        piece = self.file.read1(min(count, self._chunk_left))
        if not piece:
            raise ConnectionError("the client went away inside a body")
        self._chunk_left -= len(piece)
        if self._chunk_left == 0:
            self.file.readline(8)
        return piece

    def whole(self, limit):
        """All of it, refused by its announced length when that is over the limit."""
        if self.length > limit:
            raise Refusal(413, f"JSON payload ({self.length} bytes) is larger than allowed (limit: {limit} bytes).", plain=True)
        pieces, total = [], 0
        while piece := self.read(PIECE_BYTES):
            pieces.append(piece)
            total += len(piece)
            if total > limit:
                raise Refusal(413, f"JSON payload exceeds the limit of {limit} bytes.", plain=True)
        return b"".join(pieces)


def json_bytes(headers, body, limit=JSON_LIMIT_BYTES):
    if "json" not in headers.get("content-type", ""):
        raise malformed("Content type error")
    return body.whole(limit)


def json_body(headers, body, default=None):
    """A parsed body; `default` when there is none and one is not needed."""
    if body.done and default is not None:
        return default
    raw = json_bytes(headers, body)
    try:
        return json.loads(raw)
    except json.JSONDecodeError as error:
        raise malformed(f"Format error in JSON body: {error.msg} at line {error.lineno} column {error.colno}") from None


class Upload:
    """The file of a form's field `snapshot`: where it was spooled, what the client named it, its SHA-256."""

    def __init__(self, path, name, digest):
        self.path = path
        self.name = name
        self.digest = digest


def read_form(headers, body, temporary):
    """Spools the field `snapshot` to a file in `temporary`; refuses a form without it as the server does."""
    boundary = re.search(r'boundary="?([^";]+)"?', headers.get("content-type", ""))
    if not boundary:
        raise malformed("Could not find multipart boundary")
    edge = b"\r\n--" + boundary[1].encode()
    reader = _Parts(body, edge)
    upload = None
    while (head := reader.next_part()) is not None:
        field = re.search(rb'name="([^"]*)"', head)
        file_name = re.search(rb'filename="([^"]*)"', head)
        if field is None or field[1] != b"snapshot" or upload is not None:
            for _ in reader.content():
                pass
            continue
        descriptor, path = tempfile.mkstemp(prefix="upload-", dir=temporary)
        digest = hashlib.sha256()
        with os.fdopen(descriptor, "wb") as file:
            for piece in reader.content():
                file.write(piece)
                digest.update(piece)
        upload = Upload(path, os.path.basename(file_name[1].decode()) if file_name else None, digest.hexdigest())
    if upload is None:
        raise malformed("Required field is missing: snapshot")
    return upload


class _Parts:
    """Splits a multipart body without holding more of it than one piece."""

    def __init__(self, body, edge):
        self.body = body
        self.edge = edge
        self.buffer = b"\r\n"

    def next_part(self):
        """The headers of the next part, or None after the last."""
        self._fill(self.edge)
        _, _, self.buffer = self.buffer.partition(self.edge)
        self._fill(b"\r\n")
        if self.buffer.startswith(b"--"):
            while self.body.read(PIECE_BYTES):
                pass
            return None
        self._fill(b"\r\n\r\n")
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        return head

    def content(self):
        while (place := self.buffer.find(self.edge)) < 0:
            keep = len(self.edge)
            if len(self.buffer) > keep:
                yield self.buffer[:-keep]
                self.buffer = self.buffer[-keep:]
            self._more()
        if place:
            yield self.buffer[:place]
        self.buffer = self.buffer[place:]

    def _fill(self, wanted):
        while wanted not in self.buffer:
            self._more()

    def _more(self):
        piece = self.body.read(PIECE_BYTES)
        if not piece:
            raise malformed("Multipart stream is incomplete")
        self.buffer += piece
