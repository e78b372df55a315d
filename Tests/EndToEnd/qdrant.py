#!/usr/bin/env python3
"""What tests need of a Qdrant: questions, a record of a collection, and a collection from restored files.

    qdrant.py ask METHOD URL [JSON]          prints the result; ends with 1 where the answer is an error
    qdrant.py dump URL COLLECTION FILE       all points in order, payload schema, parameters and aliases
    qdrant.py load URL FOLDER NAME           makes NAME of what `recover restore --to` gave for a collection
    qdrant.py compare URL NAME FILE FOLDER   whether NAME is what the dump says, and FOLDER names its aliases
    qdrant.py same URL COLLECTION FOLDER     whether FOLDER, loaded, is what the collection is now

The key, where one is needed, is in QDRANT_API_KEY. `load` uses what every Qdrant has: it creates the collection with its parameters and indexes, then uploads each shard.
"""
import hashlib
import http.client
import json
import os
import re
import sys
import urllib.parse

PAGE_POINTS = 1000
SECONDS = 300


class Failure(Exception):
    """An answer that is an error, or none."""


def request(method, url, body=None, headers=None):
    place = urllib.parse.urlsplit(url)
    kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    connection = kind(place.hostname, place.port, timeout=SECONDS)
    if isinstance(body, (dict, list)):
        body, headers = json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})}
    try:
        path = place.path + (f"?{place.query}" if place.query else "")
        key = {"api-key": os.environ["QDRANT_API_KEY"]} if os.environ.get("QDRANT_API_KEY") else {}
        connection.request(method, path or "/", body, key | (headers or {}))
        answer = connection.getresponse()
        content = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise Failure(f"{method} {url}: {error!r}") from None
    finally:
        connection.close()
    if answer.status >= 400:
        raise Failure(f"{method} {url}: {answer.status} {content.decode(errors='replace')[:500]}")
    found = json.loads(content) if content else None
    return found["result"] if isinstance(found, dict) and "result" in found else found


def escaped(name):
    return urllib.parse.quote(name, safe="")


def points(url, collection, whole=True):
    offset, found = None, []
    while True:
        body = {"limit": PAGE_POINTS, "offset": offset, "with_payload": whole, "with_vector": whole}
        page = request("POST", f"{url}/collections/{escaped(collection)}/points/scroll", body)
        found += page["points"]
        offset = page["next_page_offset"]
        if offset is None:
            return found


def schema(info):
    return {name: {key: value for key, value in field.items() if key != "points"} for name, field in info["payload_schema"].items()}


def dump(url, collection):
    info = request("GET", f"{url}/collections/{escaped(collection)}")
    aliases = [one["alias_name"] for one in request("GET", f"{url}/aliases")["aliases"] if one["collection_name"] == collection]
    return {"points": points(url, collection), "schema": schema(info), "params": info["config"]["params"], "aliases": sorted(aliases)}


def load(url, folder, name):
    with open(f"{folder}/collection.json") as file:
        record = json.load(file)
    config, place = record["config"], f"{url}/collections/{escaped(name)}"
    request("PUT", place, {**config["params"], "hnsw_config": config["hnsw_config"], "optimizers_config": config["optimizer_config"]})
    for field, kind in record["payload_schema"].items():
        request("PUT", f"{place}/index?wait=true", {"field_name": field, "field_schema": kind.get("params") or kind["data_type"]})
    shards = [one for one in sorted(os.listdir(folder)) if re.fullmatch(r"shard-\d+\.tar", one)]
    if len(shards) != record["shard_count"]:
        raise Failure(f"{len(shards)} archives of {record['shard_count']} shards")
    for one in shards:
        with open(f"{folder}/{one}", "rb") as file:
            archive = file.read()
        upload(f"{place}/shards/{one[6:-4]}", archive)


def upload(place, archive, name="recover-test.snapshot"):
    edge = "----recovertest"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="snapshot"; filename="{name}"\r\n\r\n'.encode()
    digest = hashlib.sha256(archive).hexdigest()
    request(
        "POST", f"{place}/snapshots/upload?wait=true&priority=snapshot&checksum={digest}",
        head + archive + f"\r\n--{edge}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={edge}"},
    )


def differences(found, wanted, aliases):
    """What differs, in words; none where all is equal."""
    if found["points"] != wanted["points"]:
        old, new = ({json.dumps(one["id"]): one for one in side["points"]} for side in (wanted, found))
        yield f"points: {len(old.keys() - new.keys())} missing, {len(new.keys() - old.keys())} more, " \
              f"{sum(old[key] != new[key] for key in old.keys() & new.keys())} other"
    if found["schema"] != wanted["schema"]:
        yield f"payload schema: {found['schema']}, not {wanted['schema']}"
    if found["params"] != wanted["params"]:
        yield f"parameters: {found['params']}, not {wanted['params']}"
    if aliases != wanted["aliases"]:
        yield f"aliases: {aliases}, not {wanted['aliases']}"


def aliases_of(folder):
    with open(f"{folder}/collection.json") as file:
        return sorted(json.load(file)["aliases"])


def report(found):
    found = list(found)
    print("\n".join(found) or "equal")
    if found:
        sys.exit(1)


def main(verb, *words):
    if verb == "ask":
        body = json.loads(words[2]) if len(words) > 2 else None
        print(json.dumps(request(words[0], words[1], body)))
    elif verb == "dump":
        with open(words[2], "w") as file:
            json.dump(dump(words[0], words[1]), file)
    elif verb == "load":
        load(*words)
    elif verb == "compare":
        url, name, path, folder = words
        with open(path) as file:
            wanted = json.load(file)
        report(differences(dump(url, name), wanted, aliases_of(folder)))
    elif verb == "same":
        url, name, folder = words
        copy = f"{name} as restored"
        load(url, folder, copy)
        try:
            report(differences(dump(url, copy), dump(url, name), aliases_of(folder)))
        finally:
            request("DELETE", f"{url}/collections/{escaped(copy)}")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Failure as failure:
        sys.exit(str(failure))
