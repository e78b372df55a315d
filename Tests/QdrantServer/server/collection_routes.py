"""Collections, aliases and payload indexes."""
import qdrant_edge as engine

from .answers import Refusal, no_collection, result, wrong_input
from .bodies import json_body
from .engine_types import index_schema, index_type
from .routes import route
from .storage import full_config


@route("GET", "/collections", "filtered")
def list_collections(call):
    names = [{"name": name} for name in list(call.storage.collections) if call.access.sees(name)]
    return result({"collections": names}, call.started)


@route("GET", "/aliases", "filtered")
def list_aliases(call):
    return result({"aliases": _aliases(call)}, call.started)


@route("GET", "/collections/{collection}/aliases", "collection-points")
def collection_aliases(call):
    name = call.collection().name
    return result({"aliases": [one for one in _aliases(call) if one["collection_name"] == name]}, call.started)


def _aliases(call):
    pairs = dict(call.storage.aliases).items()
    return [{"alias_name": alias, "collection_name": name} for alias, name in pairs if call.access.sees(name)]


@route("POST", "/collections/aliases", "global-manage")
def change_aliases(call):
    """All actions or none."""
    storage = call.storage
    with storage.lock:
        aliases = dict(storage.aliases)
        for action in json_body(call.headers, call.body)["actions"]:
            (verb, one), = action.items()
            if verb == "delete_alias":
                aliases.pop(one["alias_name"], None)
            elif verb == "create_alias":
                if one["collection_name"] not in storage.collections:
                    raise no_collection(one["collection_name"])
                if one["alias_name"] in storage.collections:
                    raise Refusal(409, f"Wrong input: Collection `{one['alias_name']}` already exists!")
                aliases[one["alias_name"]] = one["collection_name"]
            elif one["old_alias_name"] not in aliases:
                raise Refusal(404, f"Not found: Alias {one['old_alias_name']} does not exists!")
            else:
                aliases[one["new_alias_name"]] = aliases.pop(one["old_alias_name"])
        storage.aliases = aliases
        storage.save_aliases()
    return result(True, call.started)


@route("PUT", "/collections/{collection}", "global-manage")
def create_collection(call):
    name = call["collection"]
    if "/" in name:
        message = 'Validation error in path parameters: [collection_name: collection name cannot contain "/" char]'
        raise Refusal(422, message)
    call.storage.create(name, full_config(json_body(call.headers, call.body, default={})))
    return result(True, call.started)


@route("DELETE", "/collections/{collection}", "global-manage")
def delete_collection(call):
    return result(call.storage.delete(call["collection"]), call.started)


@route("PATCH", "/collections/{collection}", "collection-write")
def change_collection(call):
    collection, body = call.collection(), json_body(call.headers, call.body)
    collection.config["optimizer_config"].update(body.get("optimizers_config") or {})
    collection.config["hnsw_config"].update(body.get("hnsw_config") or {})
    collection.config["params"].update(body.get("params") or {})
    collection.save()
    for shard in collection.shards.values():
        shard.changed_at = shard.changed_at or 0
    return result(True, call.started)


@route("GET", "/collections/{collection}/exists", "collection-points")
def collection_exists(call):
    name = call["collection"]
    return result({"exists": call.storage.aliases.get(name, name) in call.storage.collections}, call.started)


@route("GET", "/collections/{collection}", "collection-points")
def describe_collection(call):
    collection = call.collection()
    infos, waiting = [], False
    for shard in collection.shards.values():
        with shard.lock:
            infos.append(shard.use("Get Info").info())
            waiting = waiting or (shard.changed_at is not None and call.storage.optimizing)
    return result({
        "status": "yellow" if waiting else "green",
        "optimizer_status": "ok",
        "indexed_vectors_count": sum(one.indexed_vectors_count for one in infos),
        "points_count": sum(one.points_count for one in infos),
        "segments_count": sum(one.segments_count for one in infos),
        "config": collection.config,
        "payload_schema": _payload_schema(collection, infos),
        "update_queue": {"length": 0},
    }, call.started)


def _payload_schema(collection, infos):
    schema = {}
    for info in infos:
        for field, one in info.payload_schema.items():
            given = collection.indexes.get(field)
            shown = schema.setdefault(field, {"data_type": index_type(one)})
            if isinstance(given, dict):
                shown["params"] = given
            shown["points"] = shown.get("points", 0) + one.points
    return schema


@route("GET", "/collections/{collection}/optimizations", "collection-points", since="1.17")
def optimizations(call):
    collection = call.collection()
    idle = 0
    for shard in collection.shards.values():
        with shard.lock:
            idle += shard.use("get optimizations").info().segments_count
    summary = {"queued_optimizations": 0, "queued_segments": 0, "queued_points": 0, "idle_segments": idle}
    return result({"summary": summary, "running": []}, call.started)


@route("PUT", "/collections/{collection}/index", "collection-write")
def create_index(call):
    collection, body = call.collection(), json_body(call.headers, call.body)
    schema = body.get("field_schema") or body.get("field_type")
    if not schema:
        raise wrong_input("Field schema is required")
    operation = engine.UpdateOperation.create_field_index(body["field_name"], index_schema(schema))
    collection.indexes[body["field_name"]] = schema
    return _updated(call, collection, operation)


@route("DELETE", "/collections/{collection}/index/{field}", "collection-write")
def delete_index(call):
    collection = call.collection()
    collection.indexes.pop(call["field"], None)
    return _updated(call, collection, engine.UpdateOperation.delete_field_index(call["field"]))


def _updated(call, collection, operation):
    numbers = [shard.update(operation) for shard in collection.shards.values()]
    collection.save()
    return result({"operation_id": max(numbers, default=0), "status": "completed"}, call.started)
