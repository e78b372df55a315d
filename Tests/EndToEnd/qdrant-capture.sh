#!/usr/bin/env bash
# Backups of a running Qdrant: what is captured comes back equal, what was somebody's is noticed, and
# whatever goes wrong on the way is an error and never a smaller snapshot. The server is
# Tests/QdrantServer, with the real engine behind it; what cannot be installed is said and skipped.
. "$(dirname "$0")/support.sh"
export QDRANT_MAX_RETRIES=0

server=$here/../QdrantServer
if ! "$server/install" >"$scratch/output" 2>&1; then
    # Without a network there is no engine. That is no success: CI has one.
    fail 'the test server is installed' "$(tail -1 "$scratch/output")"
    finish
fi

# --- Words of this script ---------------------------------------------------------------------

# start NAME OPTION…: a server; its address is then in $url, its control port in $control.
start() {
    local line=$scratch/server-$1
    shift
    "$server/start" --storage "$line.storage" "$@" >"$line" 2>"$line.errors" &
    children+=($!)
    for _ in $(seq 200); do [ -s "$line" ] && break; sleep 0.05; done
    url=$(jq -r .url "$line") control=$(jq -r .control "$line")
}

ask() { "$here/qdrant.py" ask "$@"; }
fill() { "$server/fill.py" "$url" "$@" >"$scratch/filled"; }
fault() { ask POST "$control/faults" "$1" >"$scratch/faults"; }
well() { ask DELETE "$control/faults" >"$scratch/faults"; }
requests() { ask GET "$control/requests" | jq -r '.[] | .method + " " + .path'; }
quiet() { ask DELETE "$control/requests" >"$scratch/faults"; }
# The archives that the server keeps of a shard.
archives() { ask GET "$url/collections/$1/shards/${2:-0}/snapshots" | jq length; }
snapshots() { "$recover" list --json | jq '.data.snapshots | length'; }

# home NAME OPTIONS: a stack with one Qdrant, in a folder of its own.
home() {
    home=$scratch/$1
    [ -d "$home" ] || { mkdir "$home"; first=yes; }
    stack "$home" <<<"components: {qdrant: {qdrant: \"$url\"${2:+, $2}}}"
    cd "$home" || exit 1
    if [ -n "${first:-}" ]; then "$recover" -q init >"$scratch/said" 2>&1; fi
    first=''
}

backup() { "$recover" -q backup >"$scratch/output" 2>&1; }

# What the last snapshot says of a shard of notes.
taken() {
    rm -rf "$scratch/out"
    "$recover" -q restore --snapshot latest --to "$scratch/out" >"$scratch/said" 2>&1
    jq -r "$1" "$scratch/out/qdrant/collections/notes/shard-${2:-0}.tar.json"
}

because() { taken .reason | grep -E "$1"; }
requests_for() { requests | grep -E "$1"; }

# comes_back COLLECTION [FOLDER]: what was captured, loaded into the engine, is what the server has now.
comes_back() {
    rm -rf "$scratch/out"
    "$recover" -q restore --snapshot latest --to "$scratch/out" &&
        "$here/qdrant.py" same "$url" "$1" "$scratch/out/qdrant/collections/${2:-$1}"
}

# refused NAME CODE FRAGMENT… -- COMMAND…: as `expect`, and nothing was published.
refused() {
    local before
    before=$(snapshots)
    expect "$@"
    check "$1: nothing is published" test "$(snapshots)" = "$before"
    well
}

# --- Capture and return -----------------------------------------------------------------------

start main
fill create notes --points 1200 --dimensions 16 --indexes
fill create 'two ü' --points 200 --dimensions 8 --shards 2
ask POST "$url/collections/aliases" '{"actions": [{"create_alias": {"collection_name": "notes", "alias_name": "live"}}]}' >/dev/null
home plain
expect 'all collections are captured' 0 'OK  qdrant: 12 files' -- "$recover" backup
check 'a collection comes back with points, indexes and alias' comes_back notes
check 'and one with two shards and an odd name' comes_back 'two ü' two%20%C3%BC
quiet
json "$recover" backup
check 'an unchanged run stores next to nothing' test "$(field .data.added_bytes)" -lt 20000
check 'and reads next to nothing' test "$(field '.data.components[0].read_bytes')" -lt 20000
check 'since the server is asked what there is first' test "$(requests | grep -c 'GET.*partial/manifest')" = 3
check 'and what comes back is the same' comes_back notes
for change in update append payload delete; do
    fill "$change" notes --points 12 --seed 7
    check "a backup after: $change" backup
    check "$change: an increment" test "$(taken .method)" = partial
done
check 'all points are as on the server' comes_back notes
ask PUT "$url/collections/notes/index?wait=true" '{"field_name": "generation", "field_schema": "integer"}' >/dev/null
check 'a new payload index' backup
check 'comes back' comes_back notes
ask POST "$control/optimize" >/dev/null
check 'and after the optimizer' backup
check 'all is as on the server' comes_back notes
expect 'verify reads all of it' 0 OK -- "$recover" verify --all --level deep
home some 'collections: [live, gone]'
expect 'an alias is resolved and said, a missing collection too' 3 'live is an alias' 'its collection notes' \
    'there is no collection gone' INCOMPLETE -- "$recover" backup
home none 'collections: [gone]'
refused 'a collection that is not there' 1 'none of its collections is at' 'no snapshot was published' -- "$recover" backup
home alone 'collections: [notes]'
check 'one collection of several' backup
"$recover" -q restore --snapshot latest --to "$scratch/only" >"$scratch/said" 2>&1
check 'is all there is' test "$(ls "$scratch/only/qdrant/collections")" = notes

# --- Whatever hints at a restore by somebody else ----------------------------------------------

home lineage 'collections: [notes]'
backup
taken . >/dev/null
cp "$scratch/out/qdrant/collections/notes/shard-0.tar" "$scratch/old.tar"
foreign() { ask POST "$control/foreign-restore" "{\"collection\": \"notes\", \"shard\": 0, \"file\": \"$scratch/old.tar\"}" >/dev/null; }
optimizer() { ask POST "$control/settings" "{\"optimizing\": $1}" >/dev/null; }
optimizer false
fill update notes --points 1200 --seed 8
check 'a backup of what is then undone' backup
foreign
fill update notes --points 1200 --seed 9
quiet
check 'a backup after a restore that nobody told us of' backup
check 'by manifests alone nothing changed' requests_for 'GET.*partial/manifest'
check 'the points say that something did' because 'points differ where manifests do not|another history'
check 'and all of them are as on the server' comes_back notes
for number in 1 2; do
    # As many operations as before, of another kind, and then on other points.
    foreign
    [ "$number" = 1 ] && ask PUT "$url/collections/notes/index?wait=true" '{"field_name": "mark", "field_schema": "integer"}' >/dev/null
    [ "$number" = 1 ] || fill delete notes --points 7 --seed 17
    check "a backup of history $number" backup
    # A collection that has it gives it to what is restored.
    [ "$number" = 1 ] && ask DELETE "$url/collections/notes/index/mark?wait=true" >/dev/null
    foreign
    fill delete notes --points 9 --seed 18
    check 'and of another one with as many operations' backup
    check 'which is no increment' because 'went back|another history'
    check 'and all points are as on the server' comes_back notes
done
fill update notes --points 5 --seed 10
backup
foreign
check 'operations that are counted anew' backup
check 'are noticed' because 'counted anew|went back|another history'
check 'and all points are as on the server' comes_back notes
optimizer true
"$here/qdrant.py" ask POST "$url/collections/notes/snapshots?wait=true" >"$scratch/made"
ours=$scratch/server-main.storage/snapshots/notes/$(jq -r .name "$scratch/made")
cp "$ours" "$scratch/collection.snapshot"
fill update notes --points 12 --seed 15
check 'an archive that the server made is nobodys restore' backup
check 'so an increment is asked for' test "$(taken .reason)" = null
curl_free_upload() { python3 -c "import sys; sys.path.insert(0, '$here'); import qdrant; qdrant.upload('$url/collections/notes', open('$scratch/collection.snapshot', 'rb').read(), 'theirs.snapshot')"; }
check 'somebody uploads an archive' curl_free_upload
check 'a backup then' backup
check 'takes all of it' test "$(taken .reason)" = 'somebody uploaded an archive'
fill update notes --points 12 --seed 16
check 'a backup after that' backup
check 'is an increment again' test "$(taken .method)" = partial
ask POST "$control/settings" '{"version": "1.18.4"}' >/dev/null
check 'another version of the server' backup
check 'is another line' test "$(taken .reason)" = 'another version of the server'
ask POST "$control/settings" '{"version": "1.18.1"}' >/dev/null
expect 'one that a stalled stream blocks is said' 0 '[stall]' '1.18.1' -- "$recover" backup
ask POST "$control/settings" '{"version": "1.16.3"}' >/dev/null
quiet
expect 'one without increments makes archives' 0 'OK backup' -- "$recover" backup
check 'which are deleted there' test "$(taken .method) $(archives notes)" = 'archive 0'
check 'and come back' comes_back notes
ask POST "$control/settings" '{"version": "1.4.1"}' >/dev/null
refused 'one that is too old' 1 'is Qdrant 1.4.1' 'from 1.5.0 on' 'no snapshot was published' -- "$recover" backup
ask POST "$control/settings" '{"version": "1.18.3"}' >/dev/null

# --- Archives that the server makes -------------------------------------------------------------

home create 'collections: [notes], method: create'
quiet
check 'method: create' backup
check 'makes an archive and takes it' test "$(taken .method)" = archive
check 'which comes back' comes_back notes
check 'and is deleted on the server' test "$(archives notes)" = 0
fill update notes --points 12 --seed 11
check 'an increment on it' backup
check 'is one' test "$(taken .method)" = partial
check 'and comes back' comes_back notes
again() { home "$1" 'collections: [notes], method: create'; }
again resumed
fault '{"kind": "cut", "method": "GET", "path": "/shards/0/snapshots/", "bytes": 300000, "how": "reset"}'
export QDRANT_MAX_RETRIES=3
quiet
check 'a download that breaks off goes on' backup
check 'where it broke off' test "$(requests | grep -c 'GET .*/shards/0/snapshots/')" = 2
check 'and is whole' comes_back notes
export QDRANT_MAX_RETRIES=0
again slow
fault '{"kind": "slow", "method": "POST", "path": "/shards/0/snapshots", "seconds": 1}'
check 'an archive that takes its time' backup
again lost
fault '[{"kind": "slow", "method": "POST", "path": "/shards/0/snapshots", "seconds": 1}, {"kind": "status", "method": "POST", "path": "/shards/0/snapshots", "status": 504, "text": "gateway"}]'
refused 'an archive that was never made' 1 gateway 'no snapshot was published' -- "$recover" backup
again wrong
fault '{"kind": "checksum", "times": 0}'
refused 'another checksum than that of the bytes' 1 'does not have the SHA-256' 'no snapshot was published' -- "$recover" backup
check 'leaves nothing on the server' test "$(archives notes)" = 0
fault '{"kind": "disk_full", "times": 0}'
refused 'no room on the server' 1 'No space left on device' 'no snapshot was published' -- "$recover" backup
check 'leaves nothing there' test "$(archives notes)" = 0
check 'and nothing to be done' test ! -e state/qdrant-qdrant.json

# Killed while the server makes an archive, which it does to the end.
again killed
fault '{"kind": "slow", "method": "POST", "path": "/shards/0/snapshots", "seconds": 30}'
"$recover" -q backup >"$scratch/output" 2>&1 &
victim=$!
for _ in $(seq 200); do [ "$(archives notes)" = 1 ] && break; sleep 0.05; done
kill -9 "$victim" 2>/dev/null
wait "$victim" 2>/dev/null
well
check 'a killed run leaves an archive' test "$(archives notes)" = 1
sleep 1.1
ask POST "$url/collections/notes/shards/0/snapshots?wait=true" >"$scratch/made"
theirs=$(jq -r .name "$scratch/made")
# What somebody made since then was made much later than we asked.
mv "$scratch/server-main.storage/snapshots/notes/shards/0/$theirs" \
    "$scratch/server-main.storage/snapshots/notes/shards/0/notes-shard-0-2036-01-01-00-00-00.snapshot"
check 'the next run' backup
check 'deletes it, and not what is somebodys' test "$(ask GET "$url/collections/notes/shards/0/snapshots" | jq -r '.[].name')" = notes-shard-0-2036-01-01-00-00-00.snapshot
check 'and has nothing left to do' test ! -e state/qdrant-qdrant.json
ask DELETE "$url/collections/notes/shards/0/snapshots/notes-shard-0-2036-01-01-00-00-00.snapshot" >/dev/null

# --- Streams that go wrong ----------------------------------------------------------------------

home wrong 'collections: [notes], timeout: 1s'
for place in '"members": 0' '"members": 5' '"bytes": 100000' '"bytes": 100000, "how": "reset"'; do
    fault "{\"kind\": \"cut\", \"path\": \"partial/create\", $place, \"times\": 0}"
    refused "a stream that ends after $place" 1 'no snapshot was published' -- "$recover" backup
done
fault '{"kind": "flip", "path": "partial/create", "at": 150, "times": 0}'
refused 'a flipped bit in a header' 1 'no header of a tar' -- "$recover" backup
fault '{"kind": "empty", "path": "partial/create", "times": 0}'
refused 'success without a byte' 1 'the server sent no byte' -- "$recover" backup
fault '{"kind": "status", "path": "partial/create", "status": 422, "text": "not like this", "early": true, "times": 0}'
refused 'a refusal before the question is out' 1 'not like this (422)' -- "$recover" backup
fault '{"kind": "status", "status": 401, "text": "Must provide an API key or an Authorization bearer token", "times": 0}'
refused 'a refusal as plain text' 1 'Must provide an API key' '(401)' -- "$recover" backup
fault '{"kind": "status", "path": "partial/create", "status": 503, "text": "busy"}'
export QDRANT_MAX_RETRIES=2
check 'what fails once is asked again' backup
check 'and is whole' comes_back notes
fault '{"kind": "cut", "path": "partial/create", "members": 3}'
fill update notes --points 12 --seed 12
check 'an increment that is cut once' backup
check 'is taken whole instead' comes_back notes
export QDRANT_MAX_RETRIES=0
ask POST "$control/settings" '{"second_stream": "empty"}' >/dev/null
fill update notes --points 12 --seed 13
fault '{"kind": "pause", "path": "shards/0/snapshot$", "after": 1000, "seconds": 3}'
python3 -c "import urllib.request; urllib.request.urlopen('$url/collections/notes/shards/0/snapshot').read()" &
children+=($!)
sleep 0.3
refused 'a second stream beside another' 1 'another stream of this shard' -- "$recover" backup
ask POST "$control/settings" '{"second_stream": "wait"}' >/dev/null

home stalled 'collections: [notes], timeout: 1s'
fault '{"kind": "stall", "path": "partial/create", "seconds": 4, "times": 0}'
refused 'a server that says nothing' 1 'no answer in time' -- timeout 20 "$recover" backup
fault '{"kind": "pause", "path": "partial/create", "after": 100000, "seconds": 8, "times": 0}'
refused 'a stream that stalls' 1 'no answer in time' -- timeout 20 "$recover" backup

# --- What people do wrong -----------------------------------------------------------------------

python3 -u -m http.server --bind 127.0.0.1 --directory "$scratch/alone" 0 >"$scratch/http" 2>&1 &
children+=($!)
true_url=$url
for _ in $(seq 100); do grep -q 'port ' "$scratch/http" && break; sleep 0.05; done
url=http://127.0.0.1:$(sed -n 's/.* port \([0-9]*\).*/\1/p' "$scratch/http")
home other
refused 'something that is no Qdrant' 1 "is none of Qdrant's" 'no snapshot was published' -- "$recover" backup
url=http://127.0.0.1:1
home nobody
refused 'nobody there' 1 'no connection from http://127.0.0.1:1' 'no snapshot was published' -- "$recover" backup
url=$true_url
home many 'collections: [notes]'
printf 'components:\n  qdrant: {qdrant: "%s", collections: [notes]}\n  note: %s/note.txt\n' "$url" "$home" | stack "$home"
echo words >"$home/note.txt"
check 'a server beside files' backup
fault '{"kind": "cut", "path": "partial/create", "members": 2, "times": 0}'
fill update notes --points 12 --seed 14
expect 'a server that fails leaves the files' 3 'FAIL  qdrant' 'OK  note' INCOMPLETE -- "$recover" backup
json "$recover" backup
check 'and the snapshot says so' jq -e '.data.components[] | select(.name == "qdrant") | .complete == false and .outcome == "failed"' "$scratch/json"
well
if can_mount; then
    home full 'collections: [notes]'
    rm -rf repository state
    mkdir repository
    # shellcheck disable=SC2016
    expect 'no room in the repository' 13 'No space left' 'nothing was published' -- with_mounts bash -c \
        'mount -t tmpfs -o size=120k tmpfs repository && "$1" -q init >/dev/null 2>&1; "$1" backup' sh "$recover"
    check 'leaves the server in peace' test "$(archives notes)" = 0
else
    skip 'no room in the repository' 'no mounts here'
fi

# --- Rights, TLS, several nodes -----------------------------------------------------------------

start keys --api-key full-s3cret --read-only-api-key read-s3cret
server_fill() { "$server/fill.py" "$url" "$@" >"$scratch/filled"; }
server_fill create notes --points 100 --dimensions 8 --api-key full-s3cret
home keys 'api_key: "env:KEY"'
KEY=full-s3cret check 'the right key' backup
KEY=wrong-s3cret refused 'a wrong key' 1 '(401)' 'no snapshot was published' -- "$recover" backup
KEY=read-s3cret refused 'a key that may only read' 1 '(403)' 'no snapshot was published' -- "$recover" backup
check 'no key is in what we keep or say' sh -c "! grep -rq s3cret '$home' '$scratch/output'"

start tls --tls-clients
tls=$scratch/server-tls.storage/tls
url=$(sed 's/127.0.0.1/localhost/' <<<"$url")
home tls "ca: $tls/ca.pem, client_cert: $tls/client.pem, client_key: $tls/client-key.pem"
check 'TLS by an authority of our own, with a certificate of ours' backup
home tls-stranger "ca: $tls/ca.pem"
refused 'without that certificate' 1 "$url" 'no snapshot was published' -- "$recover" backup
home tls-unknown "client_cert: $tls/client.pem, client_key: $tls/client-key.pem"
refused 'an authority that nobody knows' 1 'no trust from' 'no snapshot was published' -- "$recover" backup

if can_mount; then
    # Known to the system, and not to the one authority that is named.
    mkdir "$scratch/system"
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other -keyout "$scratch/other-key.pem" -out "$scratch/other.pem" 2>"$scratch/said"
    cp "$scratch/other.pem" "$scratch/system/ca-certificates.crt"
    cp "$tls/ca.pem" "$scratch/system/$(openssl x509 -noout -subject_hash -in "$tls/ca.pem").0"
    in_system() { with_mounts bash -c 'mount --bind "$0" /etc/ssl/certs && "$@"' "$scratch/system" "$@"; }
    home tls-known "client_cert: $tls/client.pem, client_key: $tls/client-key.pem"
    check 'an authority that the system knows' in_system "$recover" -q backup
    home tls-named "ca: $scratch/other.pem, client_cert: $tls/client.pem, client_key: $tls/client-key.pem"
    refused 'is not trusted where another one is named' 1 'no trust from' 'no snapshot was published' -- in_system "$recover" backup
else
    skip 'an authority that the system knows' 'no mounts here'
fi

start cluster --peers 3 --set transfer_seconds=1
mapfile -t peers < <(jq -r '.urls[]' "$scratch/server-cluster")
ask PUT "$url/collections/notes" '{"vectors": {"size": 4, "distance": "Dot"}, "shard_number": 3, "replication_factor": 2}' >/dev/null
ask PUT "$url/collections/notes/points?wait=true" "$(jq -nc '{points: [range(60) | {id: ., vector: [., 1, 2, 3], payload: {n: .}}]}')" >/dev/null
home cluster "peers: [\"${peers[1]}\", \"${peers[2]}\"]"
check 'a cluster' backup
peer=$(taken .peer)
home part
expect 'a node that does not have every shard' 1 'is active on no node that we were told of' peers -- "$recover" backup
url=${peers[2]}
home cluster "peers: [\"${peers[1]}\", \"${peers[0]}\"], timeout: 1s"
check 'its nodes in another order' backup
check 'each shard is taken from where it was' test "$(taken .peer)" = "$peer"
check 'and leaned on' test "$(taken .reason)" = null
url=${peers[0]}
placed() { ask GET "$1/collections/notes/cluster"; }
from=$(placed "$url" | jq .peer_id)
shard=$(placed "$url" | jq '.local_shards[0].shard_id')
to=$(placed "$url" | jq --argjson shard "$shard" '([.remote_shards[].peer_id] | unique) - [.remote_shards[] | select(.shard_id == $shard).peer_id] | .[0]')
move() { ask POST "$url/collections/notes/cluster" "{\"replicate_shard\": {\"shard_id\": $shard, \"from_peer_id\": $from, \"to_peer_id\": $to}}" >/dev/null; }
home cluster "peers: [\"${peers[1]}\", \"${peers[2]}\"], timeout: 10s"
check 'a shard is copied to another node' move
json "$recover" backup
check 'a backup waits for it' jq -e '.ok and (.warnings | any(.code == "moving") | not)' "$scratch/json"
ask POST "$control/settings" '{"transfer_seconds": 1000}' >/dev/null
ask POST "$url/collections/notes/cluster" "{\"drop_replica\": {\"shard_id\": $shard, \"peer_id\": $to}}" >/dev/null
home cluster "peers: [\"${peers[1]}\", \"${peers[2]}\"], timeout: 1s"
check 'and again' move
expect 'but not for ever' 0 '[moving]' 'still being moved' -- "$recover" backup
ask POST "$url/collections/notes/cluster" "{\"drop_replica\": {\"shard_id\": 0, \"peer_id\": $peer}}" >/dev/null
check 'a node that lost a shard' backup
check 'is not asked for it' test "$(taken .reason)" = 'another node'
finish
