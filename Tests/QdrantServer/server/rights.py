"""API keys, tokens, and what each may do."""
import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field

from .answers import Answer, forbidden

EXPIRY_LEEWAY_SECONDS = 30


class Access:
    """Global access ("r" or "m") or access to some collections ({name: "r", "rw" or "prw"})."""

    def __init__(self, mode=None, collections=None):
        self.mode = mode
        self.collections = collections

    def check(self, need, collection):
        """Raises the server's refusal when `need` (see routes.py) is not met."""
        if need is None or need == "filtered":
            return
        scope, verb = need.split("-", 1)
        if self.mode is not None:
            if self.mode == "r" and verb not in ("read", "points"):
                raise forbidden("Global manage access is required")
            return
        if scope == "global":
            raise forbidden("Global access is required")
        granted = self.collections.get(collection)
        if granted is None:
            raise forbidden(f"Access to collection {collection} is required")
        if granted == "prw" and verb not in ("points", "points-write"):
            raise forbidden(f"Only points access is allowed for collection {collection}")
        if granted == "r" and verb in ("write", "points-write"):
            raise forbidden(f"Write access to collection {collection} is required")

    def sees(self, collection):
        return self.mode is not None or collection in self.collections


FULL = Access("m")


@dataclass
class Keys:
    """The credentials the server was started with; none at all means that everybody may everything."""

    full: list = field(default_factory=list)
    read_only: str = None
    tokens: bool = False

    def access(self, headers):
        """The access that the headers give, or the plain 401/403 answer without a content type."""
        if not self.full and not self.read_only:
            return FULL
        given = headers.get("api-key")
        bearer = headers.get("authorization", "")
        if given is None and bearer.lower().startswith("bearer "):
            given = bearer[7:].strip()
        if given is None:
            return Answer(401, b"Must provide an API key or an Authorization bearer token")
        if any(hmac.compare_digest(given.encode(), key.encode()) for key in self.full):
            return FULL
        if self.read_only and hmac.compare_digest(given.encode(), self.read_only.encode()):
            return Access("r")
        if self.tokens and given.count(".") == 2:
            return self._token(given)
        return Answer(401, b"Invalid API key or JWT")

    def _token(self, token):
        head, claims, signature = token.split(".")
        signed = f"{head}.{claims}".encode()
        good = [hmac.new(key.encode(), signed, hashlib.sha256).digest() for key in self.full]
        try:
            given = _decoded(signature)
            claims = json.loads(_decoded(claims))
        except ValueError:
            return Answer(401, b"Invalid API key or JWT")
        if not any(hmac.compare_digest(given, one) for one in good):
            return Answer(403, b"InvalidSignature")
        if "exp" in claims and claims["exp"] + EXPIRY_LEEWAY_SECONDS < time.time():
            return Answer(403, b"ExpiredSignature")
        access = claims.get("access", "m")
        if isinstance(access, str):
            return Access(access)
        return Access(collections={one["collection"]: one["access"] for one in access})


def make_token(key, access, expires=None):
    """A token as an administrator makes it, for tests and for the ready line's reader."""
    claims = {"access": access} | ({"exp": int(expires)} if expires is not None else {})
    parts = [_encoded(json.dumps(one).encode()) for one in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signature = hmac.new(key.encode(), ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join(parts + [_encoded(signature)])


def _decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _encoded(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
