"""Starts the server for a test and talks to it over plain HTTP."""
import ctypes
import hashlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
import urllib.parse

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FIXTURES = os.path.join(os.path.dirname(HERE), "Fixtures", "qdrant")


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def result(self):
        if self.status != 200:
            raise AssertionError(f"{self.status}: {self.body[:500]!r}")
        return self.json["result"]


class Running:
    """A server in a process of its own. `stop` ends it and leaves nothing."""

    def __init__(self, *options):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "server", *options], cwd=HERE, stdout=subprocess.PIPE, text=True,
            preexec_fn=_end_with_parent,
        )
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"the server ended with {self.process.wait()} before it was ready")
        self.ready = json.loads(line)

    def request(self, method, path, body=None, headers=None, peer=0, to=None):
        """Sends a request as it is written: no header of its own but Host and Content-Length."""
        address = urllib.parse.urlsplit(to or self.ready["urls"][peer])
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
        headers = dict(headers or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders()
            try:
                if body is not None:
                    connection.send(body)
            except (BrokenPipeError, ConnectionResetError):
                pass  # an early answer: it is there to be read all the same
            answer = connection.getresponse()
            content = answer.read()
            return Response(answer.status, {name.lower(): value for name, value in answer.getheaders()}, content)
        finally:
            connection.close()

    def control(self, method, path, body=None):
        answer = self.request(method, path, body, to=self.ready["control"])
        if answer.status != 200:
            raise AssertionError(answer.body)
        return answer.json

    def fault(self, **fault):
        self.control("POST", "/faults", fault)

    def settle(self):
        """Runs the optimizer until nothing is left to do."""
        self.control("POST", "/optimize")

    def points(self, collection, **headers):
        """All points in order, as the server returns them."""
        found, offset = [], None
        while True:
            body = {"limit": 1000, "with_payload": True, "with_vector": True, "offset": offset}
            page = self.request("POST", f"/collections/{collection}/points/scroll", body, headers).result
            found += page["points"]
            offset = page["next_page_offset"]
            if offset is None:
                return found

    def upload(self, path, archive, name="archive.snapshot", field="snapshot", peer=0, headers=None, checksum=None, **query):
        """Uploads bytes as a form. `checksum=True` sends the right one."""
        if checksum is True:
            checksum = hashlib.sha256(archive).hexdigest()
        query = {"wait": "true", "priority": "snapshot"} | query | ({"checksum": checksum} if checksum else {})
        content_type, body = form(archive, name, field)
        headers = {"Content-Type": content_type} | (headers or {})
        return self.request("POST", f"{path}/upload?{urllib.parse.urlencode(query)}", body, headers, peer)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.process.stdout.close()


def _end_with_parent():
    # A test run that is killed leaves no server behind.
    parent_death_signal = 1
    ctypes.CDLL(None).prctl(parent_death_signal, signal.SIGTERM)


def form(archive, name="archive.snapshot", field="snapshot"):
    edge = "----recovertestform"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
    head += "Content-Type: application/octet-stream\r\n\r\n"
    return f"multipart/form-data; boundary={edge}", head.encode() + archive + f"\r\n--{edge}--\r\n".encode()


def fixture(name):
    with open(os.path.join(FIXTURES, name), "rb") as file:
        return file.read()


def recorded_points(name):
    return json.loads(fixture(f"archives/{name}.points.json"))


def wait_until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it did not happen in time")
        time.sleep(0.02)
