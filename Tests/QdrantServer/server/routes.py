"""The table of paths: who may call, since which version, and how errors are told."""
import re
import urllib.parse

ROUTES = []


class Route:
    def __init__(self, method, path, handler, need, since, plain):
        self.method = method
        self.path = path
        self.handler = handler
        # None: no key at all; otherwise "filtered", or scope and verb: "global-read", "global-manage",
        # "collection-points", "collection-points-write", "collection-read", "collection-write".
        self.need = need
        self.open = need is None
        self.since = since
        self.plain = plain
        names = re.split(r"\{(\w+)\}", path)
        self.pattern = re.compile("".join(
            f"(?P<{part}>[^/]+)" if place % 2 else re.escape(part) for place, part in enumerate(names)
        ))


def route(method, path, need, since="1.0", plain=False):
    """Registers a handler. `plain`: its errors are text, not JSON; "rights": only those of missing rights are."""
    def register(handler):
        ROUTES.append(Route(method, path, handler, need, numbers(since), plain))
        return handler
    return register


def find(method, raw_path, version):
    """The route for a path as it was sent, and its parameters decoded; None when there is none."""
    for one in ROUTES:
        match = one.pattern.fullmatch(raw_path) if one.method == method else None
        if match and one.since <= numbers(version):
            return one, {name: urllib.parse.unquote(value) for name, value in match.groupdict().items()}
    return None


def numbers(version):
    """"1.18.3" as (1, 18, 3), for comparing."""
    return tuple(int(part) for part in version.split(".")[:3])
