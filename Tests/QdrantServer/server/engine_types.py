"""Between the server's JSON and the engine's types."""
import struct
import uuid

import qdrant_edge as engine

from .answers import malformed

_SCHEMAS = {
    "keyword": engine.KeywordIndexParams,
    "integer": engine.IntegerIndexParams,
    "float": engine.FloatIndexParams,
    "geo": engine.GeoIndexParams,
    "text": engine.TextIndexParams,
    "bool": engine.BoolIndexParams,
    "datetime": engine.DatetimeIndexParams,
    "uuid": engine.UuidIndexParams,
}


def engine_config(config):
    """The engine's configuration for a collection's `config` as GET shows it."""
    params, optimizer = config["params"], config["optimizer_config"]
    vectors = params.get("vectors") or {}
    if "size" in vectors:
        vectors = {"": vectors}
    sparse = {name: _sparse(one) for name, one in (params.get("sparse_vectors") or {}).items()}
    return engine.EdgeConfig(
        vectors={name: _vector(one) for name, one in vectors.items()},
        sparse_vectors=sparse,
        on_disk_payload=params.get("on_disk_payload", True),
        hnsw_config=_hnsw(config["hnsw_config"]),
        quantization_config=_quantization(config.get("quantization_config")),
        optimizers=engine.EdgeOptimizersConfig(
            deleted_threshold=optimizer["deleted_threshold"],
            vacuum_min_vector_number=optimizer["vacuum_min_vector_number"],
            default_segment_number=optimizer["default_segment_number"] or 2,
            max_segment_size=optimizer["max_segment_size"],
            indexing_threshold=optimizer["indexing_threshold"],
        ),
    )


def _vector(one):
    multivector = one.get("multivector_config") and engine.MultiVectorConfig(engine.MultiVectorComparator.MaxSim)
    datatype = one.get("datatype") and getattr(engine.VectorStorageDatatype, one["datatype"].capitalize())
    return engine.EdgeVectorParams(
        size=one["size"],
        distance=getattr(engine.Distance, one["distance"]),
        on_disk=one.get("on_disk"),
        multivector_config=multivector or None,
        datatype=datatype or None,
        quantization_config=_quantization(one.get("quantization_config")),
        hnsw_config=_hnsw(one["hnsw_config"]) if _full(one.get("hnsw_config")) else None,
    )


def _sparse(one):
    index = one.get("index") or {}
    modifier = engine.Modifier.Idf if one.get("modifier") == "idf" else None
    return engine.EdgeSparseVectorParams(
        full_scan_threshold=index.get("full_scan_threshold"), on_disk=index.get("on_disk"), modifier=modifier
    )


def _full(hnsw):
    # A vector's own HNSW settings may be partial, which the engine cannot take.
    return hnsw and {"m", "ef_construct", "full_scan_threshold"} <= hnsw.keys()


def _hnsw(one):
    return engine.HnswIndexConfig(
        m=one["m"],
        ef_construct=one["ef_construct"],
        full_scan_threshold=one["full_scan_threshold"],
        max_indexing_threads=one.get("max_indexing_threads", 0),
        on_disk=one.get("on_disk"),
    )


def _quantization(one):
    if one and "scalar" in one:
        scalar = one["scalar"]
        return engine.ScalarQuantizationConfig(
            type=engine.ScalarType.Int8, quantile=scalar.get("quantile"), always_ram=scalar.get("always_ram")
        )
    if one and "product" in one:
        product = one["product"]
        ratio = getattr(engine.CompressionRatio, product["compression"].capitalize())
        return engine.ProductQuantizationConfig(ratio, always_ram=product.get("always_ram"))
    if one and "binary" in one:
        return engine.BinaryQuantizationConfig(always_ram=one["binary"].get("always_ram"))
    return None


def index_schema(schema):
    """A payload index from its type ("integer") or its parameters ({"type": "text", …})."""
    try:
        if isinstance(schema, str):
            return getattr(engine.PayloadSchemaType, schema.capitalize())
        given = dict(schema)
        kind = given.pop("type")
        if "tokenizer" in given:
            given["tokenizer"] = getattr(engine.TokenizerType, given["tokenizer"].capitalize())
        return _SCHEMAS[kind](**given)
    except (AttributeError, KeyError, TypeError):
        raise malformed(f"Format error in JSON body: data did not match any variant: {schema}") from None


def index_type(info):
    """The name of an index' type as GET shows it."""
    return str(info.data_type).rsplit(".", 1)[-1].lower()


def point_id(value):
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise malformed(f"Format error in JSON body: value {value} is not a valid point ID")
    if isinstance(value, int):
        return value
    try:
        return uuid.UUID(value)
    except ValueError:
        raise malformed(f"Format error in JSON body: value {value} is not a valid point ID") from None


def points(body):
    """The points of an upsert, given one by one or as a batch of columns."""
    if "batch" in body:
        batch = body["batch"]
        rows = zip(batch["ids"], _rows(batch["vectors"]), batch.get("payloads") or [None] * len(batch["ids"]))
        return [engine.Point(point_id(one), _written(vector), payload) for one, vector, payload in rows]
    return [
        engine.Point(point_id(one["id"]), _written(one.get("vector", {})), one.get("payload")) for one in body["points"]
    ]


def _rows(vectors):
    if isinstance(vectors, list):
        return vectors
    names = list(vectors)
    return [dict(zip(names, row)) for row in zip(*vectors.values())]


def _written(vector):
    if isinstance(vector, dict):
        return {name: _written(one) for name, one in vector.items()} if "indices" not in vector else _sparse_vector(vector)
    return vector


def _sparse_vector(vector):
    return engine.SparseVector(vector["indices"], vector["values"])


def record(one):
    """A stored point as JSON; numbers are the shortest that give the same 32-bit float."""
    shown = {"id": one.id if isinstance(one.id, int) else str(one.id)}
    if one.payload is not None:
        shown["payload"] = one.payload
    if one.vector is not None:
        shown["vector"] = _read(one.vector)
    return shown


def _read(vector):
    if isinstance(vector, dict):
        return {name: _read(one) for name, one in vector.items()}
    if isinstance(vector, engine.SparseVector):
        return {"indices": list(vector.indices), "values": [_shortest(one) for one in vector.values]}
    if vector and isinstance(vector[0], list):
        return [_read(one) for one in vector]
    return [_shortest(one) for one in vector]


def _shortest(number):
    packed = struct.pack("<f", number)
    for digits in (6, 7, 8):
        short = float(f"{number:.{digits}g}")
        if struct.pack("<f", short) == packed:
            return short
    return float(f"{number:.9g}")


def condition_filter(body):
    """The filters that tests need: match, range and has_id under must, should and must_not."""
    if not body:
        return None
    given = {key: [_condition(one) for one in _listed(body[key])] for key in ("must", "should", "must_not") if body.get(key)}
    return engine.Filter(**given)


def _condition(one):
    if "has_id" in one:
        return engine.HasIdCondition({point_id(each) for each in one["has_id"]})
    if "match" in one:
        match = one["match"]
        kind = engine.MatchAny(match["any"]) if "any" in match else engine.MatchValue(match["value"])
        return engine.FieldCondition(one["key"], match=kind)
    if "range" in one:
        return engine.FieldCondition(one["key"], range=engine.RangeFloat(**one["range"]))
    raise malformed("Format error in JSON body: this condition is not known to the test server")


def _listed(value):
    return value if isinstance(value, list) else [value]
