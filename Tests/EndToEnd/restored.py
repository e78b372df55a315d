#!/usr/bin/env python3
"""What restores into a Qdrant are judged by: a small client, which shares nothing with the program.

    restored.py ask METHOD URL [JSON]             prints the result; 1 where the answer is an error
    restored.py state URL COLLECTION              prints points, payload schema and parameters as one line
    restored.py where URL ALIAS                   prints the collection that an alias leads to
    restored.py left URL                          prints archives that lie on the server, and collections of restores
    restored.py write URL COLLECTION LOG          upserts points from 1000000 on until SIGTERM, and logs each that was acknowledged
    restored.py written URL LOG SINCE NAME…       whether each point acknowledged after SINCE is in the first, and each in one of them
    restored.py key KEY                           is sent as api-key from then on, as QDRANT_API_KEY is
    restored.py serve                             takes the words above from standard input, behind tabs; see there
    restored.py shard ARCHIVE OUT [DROP]          a shard's tar out of a collection's, without members that begin with DROP
"""
import hashlib
import json
import os
import signal
import sys
import tarfile
import time
import urllib.parse

from qdrant import Failure, points, request, schema

FIRST_WRITTEN = 1_000_000


def at(url, collection):
    return f"{url}/collections/{urllib.parse.quote(collection, safe='')}"


def state(url, collection):
    """All that a restore must bring back, told in a line that is short and equal only for equals."""
    info = request("GET", at(url, collection))
    found = points(url, collection)
    count = request("POST", f"{at(url, collection)}/points/count", {"exact": True})["count"]
    digest = hashlib.sha256("\n".join(json.dumps(one, sort_keys=True) for one in found).encode()).hexdigest()
    return json.dumps([count, len(found), digest, schema(info), info["config"]["params"]], sort_keys=True)


def aliases(url):
    return {one["alias_name"]: one["collection_name"] for one in request("GET", f"{url}/aliases")["aliases"]}


def left(url):
    names, used = [one["name"] for one in request("GET", f"{url}/collections")["collections"]], set(aliases(url).values())
    found = [name for name in names if "--recover-" in name and name not in used]
    for name in names:
        for place in [at(url, name), *(f"{at(url, name)}/shards/{one['shard_id']}" for one in request("GET", f"{at(url, name)}/cluster")["local_shards"])]:
            found += [f"{name}/{one['name']}" for one in request("GET", f"{place}/snapshots")]
    return found


def write(url, collection, log):
    """One point after the other; a request that fails was not acknowledged and is not logged."""
    going = [True]
    signal.signal(signal.SIGTERM, lambda *_: going.clear())
    size = request("GET", at(url, collection))["config"]["params"]["vectors"]["size"]
    number = FIRST_WRITTEN
    with open(log, "w", buffering=1) as file:
        while going:
            body = {"points": [{"id": number, "vector": [1.0] + [0.0] * (size - 1), "payload": {"written": number}}]}
            try:
                begun = time.time()
                request("PUT", f"{at(url, collection)}/points?wait=true", body)
                file.write(f"{begun} {number}\n")
            except Failure:
                pass
            number += 1
            time.sleep(0.005)


def written(url, log, since, first, *others):
    """Acknowledged writes are there: those that began after `since` in the first collection, the older in any."""
    with open(log) as file:
        rows = [line.split() for line in file]
    places = [{one["id"] for one in points(url, name, whole=False)} for name in (first, *others)]
    late = [int(number) for begun, number in rows if float(begun) > float(since)]
    early = [int(number) for begun, number in rows if float(begun) <= float(since)]
    lost = [number for number in late if number not in places[0]]
    if others:
        lost += [number for number in early if not any(number in place for place in places)]
    return not lost and len(late) > 0, f"{len(early)} before, {len(late)} after, {len(lost)} lost"


def shard(archive, out, drop=None):
    """Shard 0 of a collection's archive as a shard's own, state and configuration last."""
    with tarfile.open(archive) as source, tarfile.open(out, "w", format=tarfile.GNU_FORMAT) as target:
        members = [one for one in source if one.name.startswith("0/") and len(one.name) > 2]
        members.sort(key=lambda one: one.name in ("0/replica_state.json", "0/shard_config.json"))
        for one in members:
            content = source.extractfile(one) if one.isreg() else None
            one.name = one.name[2:]
            if drop and one.name.startswith(drop):
                continue
            one.type = tarfile.REGTYPE if one.isreg() else one.type
            target.addfile(one, content)


def run(verb, *words):
    """Whether all is well, and what is to be said."""
    if verb == "ask":
        return True, json.dumps(request(words[0], words[1], json.loads(words[2]) if len(words) > 2 else None))
    if verb == "state":
        return True, state(*words)
    if verb == "where":
        return True, aliases(words[0]).get(words[1], "")
    if verb == "left":
        return True, "\n".join(left(*words))
    if verb == "written":
        return written(*words)
    if verb == "key":
        os.environ["QDRANT_API_KEY"] = words[0]
        return True, ""
    return False, __doc__


def serve():
    """A line of words behind tabs, and back a line with status and number of lines, then these."""
    for line in sys.stdin:
        try:
            is_well, text = run(*line.rstrip("\n").split("\t"))
        except Failure as failure:
            is_well, text = False, str(failure)
        lines = text.split("\n") if text else []
        print(int(not is_well), len(lines), *lines, sep="\n", flush=True)


def main(verb, *words):
    if verb == "write":
        write(*words)
    elif verb == "shard":
        shard(*words)
    elif verb == "serve":
        serve()
    else:
        is_well, text = run(verb, *words)
        print(text)
        sys.exit(not is_well)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Failure as failure:
        sys.exit(str(failure))
