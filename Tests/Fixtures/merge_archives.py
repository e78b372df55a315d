"""Merges recorded archives by the rules of partial snapshots and compares with ours.

usage: merge_archives.py OURS BASE [INCREMENT...]
"""

import json
import sys
import tarfile


def members(path):
    found = {}
    with tarfile.open(path) as tar:
        for member in tar:
            found[member.name] = tar.extractfile(member).read() if member.isfile() else None
    return found


def segment(name):
    return name.split("/")[1] if name.startswith("segments/") else None


def manifests(files):
    suffix = "/segment_manifest.json"
    return {segment(n): json.loads(c)["file_versions"] for n, c in files.items() if n.endswith(suffix)}


ours, base, *increments = sys.argv[1:]
state = members(base)
known = manifests(state)
for path in increments:
    new = members(path)
    names = manifests(new)
    for name in list(state):
        uuid, file = segment(name), name.split("/files/")[-1]
        if uuid is None or uuid not in names or file in known[uuid] and file not in names[uuid]:
            del state[name]
    state.update(new)
    known = names
state = {n: c for n, c in state.items() if not n.endswith("/segment_manifest.json")}
result = members(ours)
if result != state:
    missing, extra = state.keys() - result.keys(), result.keys() - state.keys()
    differ = [n for n in state.keys() & result.keys() if state[n] != result[n]]
    sys.exit(f"missing {sorted(missing)}, too many {sorted(extra)}, different {sorted(differ)}")
order = list(result)
if order[-2:] != ["replica_state.json", "shard_config.json"]:
    sys.exit(f"the last members are {order[-2:]}")
