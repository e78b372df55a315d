"""The server about itself: version, health, telemetry, metrics."""
from .answers import JSON, Answer, dumped, result, text
from .routes import route


@route("GET", "/", None)
def root(call):
    return Answer(200, dumped({"title": "qdrant - vector search engine", "version": call.server.version}), JSON)


@route("GET", "/healthz", None)
@route("GET", "/livez", None)
def healthz(_):
    return text("healthz check passed")


@route("GET", "/readyz", None)
def readyz(call):
    """Says ready even when a shard is dirty: as the real server does."""
    return text("all shards are ready") if call.server.ready else text("some shards are not ready", 503)


@route("GET", "/telemetry", "filtered")
def telemetry(call):
    server = call.server
    shown = {
        "id": server.identity,
        "app": {"name": "qdrant", "version": server.version, "jwt_rbac": server.keys.tokens, "startup": server.started_at},
        "collections": {"number_of_collections": len([one for one in server.storage.collections if call.access.sees(one)])},
    }
    if call.access.mode is not None:
        shown["cluster"] = {"enabled": server.distributed, "resharding_enabled": False}
        shown["requests"] = {"rest": {"responses": {}}, "grpc": {"responses": {}}}
    return result(shown, call.started)


@route("GET", "/metrics", "global-read")
def metrics(call):
    server, lines = call.server, []

    def add(name, about, kind, *samples):
        lines.extend([f"# HELP {name} {about}", f"# TYPE {name} {kind}", *samples])

    collections = list(server.storage.collections.values())
    points = {one.name: sum(shard.count() for shard in one.shards.values() if not shard.dirty) for one in collections}
    add("app_info", "information about qdrant server", "gauge", f'app_info{{name="qdrant",version="{server.version}"}} 1')
    add("collections_total", "number of collections", "gauge", f"collections_total {len(collections)}")
    add("collection_points", "approximate amount of points per collection", "gauge",
        *[f'collection_points{{id="{name}"}} {number}' for name, number in points.items()])
    add("snapshot_creation_running", "amount of snapshot creations that are currently running", "gauge",
        *[f'snapshot_creation_running{{id="{one.name}"}} {server.creating.count(one.name)}' for one in collections])
    add("snapshot_recovery_running", "amount of snapshot recovery operations currently running", "gauge",
        *[f'snapshot_recovery_running{{id="{one.name}"}} 0' for one in collections])
    add("snapshot_created_total", "total amount of snapshots created", "counter",
        *[f'snapshot_created_total{{id="{one.name}"}} {one.created_snapshots}' for one in collections])
    add("cluster_enabled", "is cluster support enabled", "gauge", f"cluster_enabled {int(server.distributed)}")
    return text("\n".join(lines) + "\n")
