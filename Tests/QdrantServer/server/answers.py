"""What a handler gives back: an envelope, a file, a stream, or a refusal."""
import json
import time

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"


class Answer:
    """Status, headers in order, and a body: bytes, or an iterator of bytes that is sent chunked."""

    def __init__(self, status=200, body=b"", content_type=None, headers=(), length=None):
        self.status = status
        self.body = body
        self.content_type = content_type
        self.headers = list(headers)
        # A body that is an iterator of known length is sent with Content-Length, not chunked.
        self.length = len(body) if isinstance(body, bytes) else length


class Refusal(Exception):
    """An error answer. `plain` forces text even where the route answers errors as JSON."""

    def __init__(self, status, message, plain=False):
        super().__init__(message)
        self.status = status
        self.message = message
        self.plain = plain


def not_found(what):
    return Refusal(404, f"Not found: {what}")


def wrong_input(what):
    return Refusal(400, f"Wrong input: {what}")


def bad_request(what):
    return Refusal(400, f"Bad request: {what}")


def forbidden(what):
    return Refusal(403, f"Forbidden: {what}")


def service_error(what):
    return Refusal(500, f"Service internal error: {what}")


def malformed(what):
    """An error found before the handler runs: always text."""
    return Refusal(400, what, plain=True)


def no_collection(name):
    return not_found(f"Collection `{name}` doesn't exist!")


def dumped(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def result(value, started, status=200):
    envelope = {"result": value, "status": "ok", "time": time.perf_counter() - started}
    return Answer(status, dumped(envelope), JSON)


def accepted(started):
    return Answer(202, dumped({"status": "accepted", "time": time.perf_counter() - started}), JSON)


def refused(refusal, started, plain):
    """Renders a refusal the way the route or the refusal itself asks for."""
    if plain or refusal.plain:
        return Answer(refusal.status, refusal.message.encode(), TEXT)
    envelope = {"status": {"error": refusal.message}, "time": time.perf_counter() - started}
    return Answer(refusal.status, dumped(envelope), JSON)


def text(body, status=200, content_type=TEXT):
    return Answer(status, body.encode(), content_type)
