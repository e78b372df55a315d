#!/usr/bin/env python3
"""Fills collections with points that depend on the seed alone, and changes them; needs only Python.

    fill.py URL create   COLLECTION --points N --dimensions D [--seed S] [--shards K] [--on-disk] [--indexes]
    fill.py URL update   COLLECTION --points N --seed S     new vectors and payloads for N of the points
    fill.py URL append   COLLECTION --points N --seed S     N points after the last
    fill.py URL payload  COLLECTION --points N --seed S     a payload field of N points
    fill.py URL delete   COLLECTION --points N --seed S     N of the points
    fill.py URL digest   COLLECTION                         SHA-256 over all points in order, and their number

Each command but digest waits until the collection is green. The last line is JSON. --api-key KEY, --ca FILE.
"""
import argparse
import hashlib
import json
import random
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

BATCH_POINTS = 1000
CITIES = ("Berlin", "Paris", "Roma", "Oslo", "서울")
GREEN_SECONDS = 600


class Client:
    def __init__(self, url, key, authority):
        self.url, self.key = url.rstrip("/"), key
        self.context = ssl.create_default_context(cafile=authority) if authority else None

    def __call__(self, method, path, body=None):
        headers = {"Content-Type": "application/json"} | ({"api-key": self.key} if self.key else {})
        raw = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, raw, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=GREEN_SECONDS, context=self.context) as answer:
                return json.load(answer)["result"]
        except urllib.error.HTTPError as error:
            sys.exit(f"{method} {path}: {error.code} {error.read().decode(errors='replace')[:500]}")


def point(number, generation, dimensions):
    """A point by its number and generation: the same on every machine."""
    chance = random.Random(f"{generation}/{number}")
    return {
        "id": number,
        "vector": [round(chance.gauss(0, 1), 6) for _ in range(dimensions)],
        "payload": {
            "number": number, "generation": generation, "city": CITIES[number % len(CITIES)],
            "text": f"document {number} of generation {generation} " + "lorem ipsum " * chance.randrange(1, 8),
        },
    }


def upsert(client, path, numbers, generation, dimensions):
    for start in range(0, len(numbers), BATCH_POINTS):
        some = [point(number, generation, dimensions) for number in numbers[start:start + BATCH_POINTS]]
        client("PUT", f"{path}/points?wait=true", {"points": some})


def scroll(client, path, vectors):
    offset = None
    while True:
        body = {"limit": BATCH_POINTS, "offset": offset, "with_payload": vectors, "with_vector": vectors}
        page = client("POST", f"{path}/points/scroll", body)
        yield from page["points"]
        offset = page["next_page_offset"]
        if offset is None:
            return


def chosen(client, path, count, seed):
    numbers = [one["id"] for one in scroll(client, path, False)]
    return sorted(random.Random(seed).sample(numbers, min(count, len(numbers)))), numbers


def wait_green(client, path):
    end = time.monotonic() + GREEN_SECONDS
    while (status := client("GET", path)["status"]) != "green":
        if time.monotonic() > end:
            sys.exit(f"still {status} after {GREEN_SECONDS} s")
        time.sleep(0.05)


def create(client, path, given):
    vectors = {"size": given.dimensions, "distance": "Cosine"} | ({"on_disk": True} if given.on_disk else {})
    client("PUT", path, {"vectors": vectors, "shard_number": given.shards,
                         "optimizers_config": {"indexing_threshold": given.indexing_threshold, "default_segment_number": 2}})
    if given.indexes:
        for field, schema in (("number", "integer"), ("city", "keyword"), ("text", {"type": "text", "tokenizer": "word"})):
            client("PUT", f"{path}/index?wait=true", {"field_name": field, "field_schema": schema})
    upsert(client, path, range(given.points), given.seed, given.dimensions)


def change(client, path, given):
    numbers, known = chosen(client, path, given.points, given.seed)
    dimensions = client("GET", path)["config"]["params"]["vectors"]["size"]
    if given.command == "update":
        upsert(client, path, numbers, given.seed, dimensions)
    elif given.command == "append":
        first = max(known, default=-1) + 1
        upsert(client, path, range(first, first + given.points), given.seed, dimensions)
    elif given.command == "payload":
        client("POST", f"{path}/points/payload?wait=true", {"payload": {"mark": given.seed}, "points": numbers})
    else:
        client("POST", f"{path}/points/delete?wait=true", {"points": numbers})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("command", choices=("create", "update", "append", "payload", "delete", "digest"))
    parser.add_argument("collection")
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--dimensions", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shards", type=int, default=1)
    parser.add_argument("--indexing-threshold", type=int, default=10000, help="kB")
    parser.add_argument("--on-disk", action="store_true")
    parser.add_argument("--indexes", action="store_true")
    parser.add_argument("--api-key")
    parser.add_argument("--ca")
    given = parser.parse_args()
    client = Client(given.url, given.api_key, given.ca)
    path = f"/collections/{urllib.parse.quote(given.collection, safe='')}"
    if given.command == "digest":
        digest, count = hashlib.sha256(), 0
        for one in scroll(client, path, True):
            digest.update(json.dumps(one, sort_keys=True).encode())
            count += 1
        print(json.dumps({"points": count, "sha256": digest.hexdigest()}))
        return
    create(client, path, given) if given.command == "create" else change(client, path, given)
    wait_green(client, path)
    print(json.dumps({"points": client("POST", f"{path}/points/count", {"exact": True})["count"]}))


if __name__ == "__main__":
    main()
