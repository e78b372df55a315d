"""The cluster: peers that look upon one storage. Replicas of a shard share its data, so they are always equal."""
import time

from .answers import bad_request, not_found, result, wrong_input
from .bodies import json_body
from .routes import route


@route("GET", "/cluster", "global-read")
def cluster(call):
    server = call.server
    if not server.distributed:
        return result({"status": "disabled"}, call.started)
    leader = server.peers[0]
    peers = {str(peer): {"uri": f"http://127.0.0.1:{6335 + 10 * place}/"} for place, peer in enumerate(server.peers)}
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000000000Z", time.gmtime())
    role = "Leader" if call.peer == leader else "Follower"
    return result({
        "status": "enabled",
        "peer_id": call.peer,
        "peers": peers,
        "raft_info": {"term": 1, "commit": 9, "pending_operations": 0, "leader": leader, "role": role, "is_voter": True},
        "consensus_thread_status": {"consensus_thread_status": "working", "last_update": now},
        "message_send_failures": {},
    }, call.started)


@route("GET", "/collections/{collection}/cluster", "collection-read")
def collection_cluster(call):
    collection = call.collection()
    _finish_transfers(call, collection)
    local, remote = [], []
    for number, shard in sorted(collection.shards.items()):
        key = {"shard_key": shard.key} if shard.key is not None else {}
        for peer, state in shard.replicas.items():
            if peer == call.peer:
                points = 0 if shard.dirty else shard.count()
                local.append({"shard_id": number, **key, "points_count": points, "state": state})
            else:
                remote.append({"shard_id": number, **key, "peer_id": peer, "state": state})
    return result({
        "peer_id": call.peer,
        "shard_count": len(collection.shards),
        "local_shards": local,
        "remote_shards": remote,
        "shard_transfers": [_shown(one) for one in collection.transfers],
    }, call.started)


@route("POST", "/collections/{collection}/cluster", "global-manage")
def change_cluster(call):
    _need_cluster(call)
    collection, body = call.collection(), json_body(call.headers, call.body)
    _finish_transfers(call, collection)
    (verb, one), = body.items()
    if verb == "replicate_shard":
        shard, target = collection.shard(one["shard_id"]), one["to_peer_id"]
        if target not in call.server.peers or one["from_peer_id"] not in shard.replicas:
            raise bad_request(f"Peer {target} or {one['from_peer_id']} does not hold or know shard {shard.number}")
        shard.replicas[target] = "Recovery"
        collection.transfers.append(one | {"method": one.get("method", "snapshot"), "began": time.monotonic()})
    elif verb == "drop_replica":
        collection.shard(one["shard_id"]).replicas.pop(one["peer_id"], None)
    else:
        raise wrong_input(f"{verb} is not known to the test server")
    collection.save()
    return result(True, call.started)


def _finish_transfers(call, collection):
    """A transfer lasts as long as the server was told, then its target is active."""
    for one in list(collection.transfers):
        if time.monotonic() - one["began"] > call.server.transfer_seconds:
            collection.transfers.remove(one)
            collection.shard(one["shard_id"]).replicas[one["to_peer_id"]] = "Active"
            collection.save()


def _shown(one):
    return {
        "shard_id": one["shard_id"], "from": one["from_peer_id"], "to": one["to_peer_id"], "sync": True,
        "method": one["method"], "comment": f"recovering ({time.monotonic() - one['began']:.2f}s)",
    }


# --- Shard keys ------------------------------------------------------------------------------


@route("GET", "/collections/{collection}/shards", "collection-read", since="1.17")
def list_shard_keys(call):
    return result({"shard_keys": [{"key": one["key"]} for one in call.collection().shard_keys()]}, call.started)


@route("PUT", "/collections/{collection}/shards", "global-manage", since="1.7")
def create_shard_key(call):
    _need_cluster(call)
    collection, body = call.collection(), json_body(call.headers, call.body)
    if collection.config["params"].get("sharding_method") != "custom":
        raise bad_request("Can not create shard key for auto-sharded collection")
    if any(one["key"] == body["shard_key"] for one in collection.shard_keys()):
        raise wrong_input(f"Shard key {body['shard_key']} already exists")
    for _ in range(body.get("shards_number") or collection.config["params"]["shard_number"]):
        # The numbers of keyed shards begin at 1; all are on the last peer, as recorded.
        number = max(collection.shards, default=0) + 1
        collection.add_shard(number, {call.server.peers[-1]: "Active"}, body["shard_key"])
    collection.save()
    return result(True, call.started)


@route("POST", "/collections/{collection}/shards/delete", "global-manage", since="1.7")
def delete_shard_key(call):
    _need_cluster(call)
    collection, body = call.collection(), json_body(call.headers, call.body)
    found = [one for one in collection.shards.values() if one.key == body["shard_key"]]
    if not found:
        raise not_found(f"Shard key {body['shard_key']} not found")
    for shard in found:
        shard.close()
        del collection.shards[shard.number]
    collection.save()
    return result(True, call.started)


def _need_cluster(call):
    if not call.server.distributed:
        raise bad_request("Distributed mode disabled")
