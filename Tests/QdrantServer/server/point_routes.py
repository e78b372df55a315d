"""Points: writing, reading, counting."""
import heapq

import qdrant_edge as engine

from .answers import Refusal, not_found, result, wrong_input
from .bodies import json_body
from .engine_types import condition_filter, point_id, points, record
from .routes import route

BASE = "/collections/{collection}/points"


@route("PUT", BASE, "collection-points-write")
def upsert(call):
    collection, body = call.collection(), json_body(call.headers, call.body)
    given, numbers = {}, []
    for point in points(body):
        shard = collection.shard_for(point.id, body.get("shard_key"))
        given.setdefault(shard.number, []).append(point)
    for number, some in given.items():
        numbers.append(_checked(collection.shards[number], engine.UpdateOperation.upsert_points(some)))
    return _updated(call, numbers)


@route("POST", BASE + "/delete", "collection-points-write")
def delete(call):
    body = json_body(call.headers, call.body)
    if "points" in body:
        return _for_ids(call, body, engine.UpdateOperation.delete_points)
    return _for_all(call, engine.UpdateOperation.delete_points_by_filter(condition_filter(body["filter"])))


@route("POST", BASE + "/payload", "collection-points-write")
def set_payload(call):
    body = json_body(call.headers, call.body)
    if "points" in body:
        return _for_ids(call, body, lambda ids: engine.UpdateOperation.set_payload(ids, body["payload"], body.get("key")))
    condition = condition_filter(body["filter"])
    return _for_all(call, engine.UpdateOperation.set_payload_by_filter(condition, body["payload"], body.get("key")))


@route("PUT", BASE + "/payload", "collection-points-write")
def overwrite_payload(call):
    body = json_body(call.headers, call.body)
    return _for_ids(call, body, lambda ids: engine.UpdateOperation.overwrite_payload(ids, body["payload"]))


def _for_ids(call, body, operation):
    collection, given = call.collection(), {}
    for one in body["points"]:
        identifier = point_id(one)
        given.setdefault(collection.shard_for(identifier, body.get("shard_key")).number, []).append(identifier)
    return _updated(call, [_checked(collection.shards[number], operation(ids)) for number, ids in given.items()])


def _for_all(call, operation):
    return _updated(call, [_checked(shard, operation) for shard in call.collection().shards.values()])


def _checked(shard, operation):
    try:
        return shard.update(operation)
    except Refusal:
        raise
    except Exception as error:  # the engine has types of its own
        raise wrong_input(str(error)) from None


def _updated(call, numbers):
    status = "completed" if call.query.get("wait") == "true" else "acknowledged"
    return result({"operation_id": max(numbers, default=0), "status": status}, call.started)


@route("POST", BASE + "/count", "collection-points")
def count(call):
    body = json_body(call.headers, call.body, default={})
    condition = condition_filter(body.get("filter"))
    shards = _readable(call, body)
    return result({"count": sum(shard.count(condition) for shard in shards)}, call.started)


@route("POST", BASE, "collection-points")
def retrieve(call):
    body = json_body(call.headers, call.body)
    ids = [point_id(one) for one in body["ids"]]
    found = {}
    for shard in _readable(call, body):
        with shard.lock:
            some = shard.use("retrieve").retrieve(ids, body.get("with_payload", True), _with_vector(body))
        found.update((str(one.id), record(one)) for one in some)
    return result([found[str(one)] for one in ids if str(one) in found], call.started)


@route("GET", BASE + "/{id}", "collection-points")
def retrieve_one(call):
    identifier = point_id(int(call["id"]) if call["id"].isdigit() else call["id"])
    for shard in _readable(call, {}):
        with shard.lock:
            some = shard.use("retrieve").retrieve([identifier], True, True)
        if some:
            return result(record(some[0]), call.started)
    raise not_found(f"Point with id {call['id']} does not exists!")


@route("POST", BASE + "/scroll", "collection-points")
def scroll(call):
    """Points of all shards in the order of their ids: numbers before UUIDs."""
    body = json_body(call.headers, call.body, default={})
    limit = body.get("limit") or 10
    request = engine.ScrollRequest(
        offset=point_id(body["offset"]) if body.get("offset") is not None else None,
        limit=limit + 1,
        filter=condition_filter(body.get("filter")),
        with_payload=body.get("with_payload", True),
        with_vector=_with_vector(body),
    )
    rows = []
    for shard in _readable(call, body):
        with shard.lock:
            rows.append(shard.use("scroll").scroll(request)[0])
    merged = list(heapq.merge(*rows, key=lambda one: (not isinstance(one.id, int), one.id if isinstance(one.id, int) else str(one.id))))
    shown = [record(one) for one in merged[: limit + 1]]
    following = shown[limit]["id"] if len(shown) > limit else None
    return result({"points": shown[:limit], "next_page_offset": following}, call.started)


@route("POST", BASE + "/search", "collection-points")
def search(call):
    body = json_body(call.headers, call.body)
    found = []
    vector, using = body["vector"], None
    if isinstance(vector, dict):
        vector, using = vector["vector"], vector["name"]
    for shard in _readable(call, body):
        with shard.lock:
            try:
                found += shard.use("search").search(engine.SearchRequest(
                    query=engine.Query.Nearest(vector, using), limit=body["limit"],
                    with_payload=body.get("with_payload", False), with_vector=_with_vector(body),
                ))
            except Exception as error:  # the engine has types of its own
                raise wrong_input(str(error)) from None
    found.sort(key=lambda one: -one.score)
    return result([record(one) | {"version": one.version, "score": one.score} for one in found[: body["limit"]]], call.started)


def _with_vector(body):
    return body.get("with_vector", body.get("with_vectors", False))


def _readable(call, body):
    wanted = body.get("shard_key")
    keys = wanted if isinstance(wanted, list) or wanted is None else [wanted]
    return [one for one in call.collection().shards.values() if keys is None or one.key in keys]
