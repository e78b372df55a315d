#!/usr/bin/env bash
# Restores into a running Qdrant: exactly the captured points, payloads, vectors, indexes and aliases
# come back, and nothing that goes wrong on the way costs the live collections anything. The server is
# Tests/QdrantServer, with the real engine behind it; what came back is judged by restored.py alone.
. "$(dirname "$0")/support.sh"
export QDRANT_MAX_RETRIES=1

server=$here/../QdrantServer
if ! "$server/install" >"$scratch/output" 2>&1; then
    fail 'the test server is installed' "$(tail -1 "$scratch/output")"
    finish
fi
fixtures=$here/../Fixtures/qdrant/archives
storage=$scratch/storage
version=1.18.3
keys=()
# A command that the server is started by.
prefix=()
# Known before the server starts: it comes back there after it died.
read -r port control_port < <(python3 -c 'import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(one.getsockname()[1] for one in held))')

# --- Words of this script ---------------------------------------------------------------------

# serve: the server, which is started again whenever it dies, until `unserve`; at $url and $control.
serve() {
    touch "$scratch/serving"
    {
        while [ -e "$scratch/serving" ]; do
            "${prefix[@]}" "$server/start" --storage "$storage" --port "$port" --control-port "$control_port" \
                --version-string "$version" "${keys[@]}" >"$scratch/line" 2>"$scratch/server-errors" &
            echo $! >"$scratch/server-pid"
            wait $!
        done
    } 2>/dev/null &
    keeper=$!
    children+=("$keeper")
    awake
}

# awake: waits until the server answers.
awake() {
    for _ in $(seq 200); do
        [ -s "$scratch/line" ] && url=$(jq -r .url "$scratch/line") control=$(jq -r .control "$scratch/line") &&
            ask GET "$url/" >"$scratch/said" 2>&1 && break
        sleep 0.05
    done
}

unserve() {
    rm -f "$scratch/serving"
    kill "$(cat "$scratch/server-pid")" 2>/dev/null
    wait "$keeper" 2>/dev/null
    : >"$scratch/line"
}
trap 'rm -f "$scratch/serving"; kill "$(cat "$scratch/server-pid")" 2>/dev/null; clean' EXIT

# One client for all questions: to start one each time would take longer than to answer.
mkfifo "$scratch/questions" "$scratch/answers"
python3 "$here/restored.py" serve <"$scratch/questions" >"$scratch/answers" 2>"$scratch/client-errors" &
children+=($!)
exec 7<>"$scratch/questions" 8<>"$scratch/answers"

# client WORD…: asks it.
client() {
    local status count line
    (IFS=$'\t' && echo "$*") >&7
    read -r status <&8 && read -r count <&8
    while [ $((count--)) -gt 0 ]; do IFS= read -r line <&8 && printf '%s\n' "$line"; done
    return "$status"
}

ask() { client ask "$@"; }
# ask_alone URL: whether there is an answer; with a client of its own, for the background.
ask_alone() { python3 "$here/restored.py" ask GET "$1" >/dev/null; }
fill() { "$server/fill.py" "$url" "$@" >"$scratch/filled" 2>&1 || fail "fill $*" "$(tail -1 "$scratch/filled")"; }
fault() { ask POST "$control/faults" "$1" >/dev/null; }
well() { ask DELETE "$control/faults" >/dev/null; }
state() { client state "$url" "$1"; }
behind() { client where "$url" "$1"; }
left() { client left "$url"; }
names() { ask GET "$url/collections" | jq -c '[.collections[].name] | sort'; }
same() { [ "$(state "$1")" = "$(cat "$scratch/$2")" ]; }
restore() { "$recover" restore --confirm test "$@"; }
latest() { "$recover" list --json | jq -r '.data.snapshots | max_by(.seq).id'; }

# shard COLLECTION: how its last capture was taken.
taken() {
    rm -rf "$scratch/out"
    "$recover" -q restore --snapshot latest --to "$scratch/out" vectors >"$scratch/said" 2>&1
    jq -r .method "$scratch/out/vectors/collections/$1/shard-0.tar.json"
}

# nothing_left NAME: no archive and no half made collection is on the server, no note on this machine.
nothing_left() {
    local found
    found=$(left; cd "$home/state" && ls -d server-restore-* .*.new 2>/dev/null)
    if [ -z "$found" ]; then ok "$1"; else fail "$1" "left: $found"; fi
}

# --- The main way -------------------------------------------------------------------------------

home=$scratch/stack
mkdir -p "$home"
serve
configure() { stack "$home" <<<"components: {vectors: {qdrant: \"$url\"${1:+, $1}}}"; }
configure
cd "$home" || exit 1
"$recover" -q init >"$scratch/said" 2>&1
fill create docs --points 700 --dimensions 16 --indexes
fill create plain --points 500 --dimensions 16 --shards 2
ask PUT "$url/collections/plain/index?wait=true" '{"field_name":"city","field_schema":"keyword"}' >"$scratch/said"
ask POST "$url/collections/aliases" '{"actions":[{"create_alias":{"alias_name":"current","collection_name":"docs"}}]}' >"$scratch/said"
check 'captured' "$recover" backup --tag 2026.01.14
day=$(latest)
state docs >"$scratch/docs-14" && state plain >"$scratch/plain-14"
for name in docs plain; do
    fill update $name --points 60 --seed 7
    fill delete $name --points 40 --seed 8
    fill append $name --points 30 --seed 9
done
ask PUT "$url/collections/plain/index?wait=true" '{"field_name":"generation","field_schema":"integer"}' >"$scratch/said"
sleep 0.3
state docs >"$scratch/docs-15" && state plain >"$scratch/plain-15"
if same docs docs-14 || same plain plain-14; then fail 'the collections changed' 'they did not'; else ok 'the collections changed'; fi

expect 'a dry run says how each comes back' 0 'move current to it; docs stays' 'replace collection plain' 'dry run' -- \
    restore --tag 2026.01.14 --data-only --dry-run
check 'a dry run changes nothing' same plain plain-15
expect 'a collection comes back under another name' 0 'docs is back as before with 700 points' -- \
    restore --snapshot "$day" vectors --collection docs --as before
check 'it is what was captured' same before docs-14
check 'the live one is untouched by that' same docs docs-15
expect 'a name that is taken is refused' 1 'the name plain is taken' -- \
    restore --snapshot "$day" --collection docs --as plain
ask DELETE "$url/collections/before" >"$scratch/said"
check 'by an alias that it had' restore --snapshot "$day" --collection current --as before
ask DELETE "$url/collections/before" >"$scratch/said"

json restore --tag 2026.01.14 --data-only
cp "$scratch/json" "$scratch/output"
if [ "$(field .exit_code)" = 0 ]; then ok 'all come back in place'; else fail 'all come back in place' "$(cat "$scratch/errors")"; fi
staged=$(behind current)
check 'the alias leads to a new collection' [ "$staged" != docs ]
check 'which is what was captured' same "$staged" docs-14
check 'the collection it led to before stays as it is' same docs docs-15
check 'one without alias is back in its place' same plain plain-14
check 'programs are told the ways' jq -e '[.data.components[0].collections[] | [.collection, .way, .points]] ==
    [["docs", "move", 700], ["plain", "replace", 500]]' "$scratch/json"
safety=$(field .data.safety_snapshot)
nothing_left 'nothing is left of it on the server'
check 'the safety snapshot is pinned' grep -ql "$safety" -r repository/facts/pins
check 'it has what was replaced' restore --snapshot "$safety" --collection plain --as before
check 'exactly' same before plain-15
ask DELETE "$url/collections/before" >"$scratch/said"
check 'the next backup' "$recover" -q backup
check 'takes all of what was restored' [ "$(taken plain)" = full ]
fill update plain --points 5 --seed 11
check 'the one after that' "$recover" -q backup
check 'is an increment again' [ "$(taken plain)" = partial ]
check 'undone as the restore said' restore --snapshot "$safety" --data-only vectors --collection plain
check 'the replaced collection is what it was' same plain plain-15

# --- Names ------------------------------------------------------------------------------------

ask DELETE "$url/collections/docs" >"$scratch/said"
ask POST "$url/collections/aliases" "{\"actions\":[{\"create_alias\":{\"alias_name\":\"docs\",\"collection_name\":\"$staged\"}}]}" >"$scratch/said"
fill update "$staged" --points 9 --seed 12
state "$staged" >"$scratch/staged-15"
expect 'a name that is an alias is never restored through' 0 'never restored through' -- \
    restore --snapshot "$day" --data-only --collection docs
check 'it is moved' same "$(behind docs)" docs-14
check 'what it led to is untouched' same "$staged" staged-15
ask POST "$url/collections/aliases" '{"actions":[{"delete_alias":{"alias_name":"docs"}},{"delete_alias":{"alias_name":"current"}}]}' >"$scratch/said"
for name in $(names | jq -r '.[] | select(startswith("docs"))'); do ask DELETE "$url/collections/$name" >"$scratch/said"; done
check 'a collection that is gone comes back' restore --snapshot "$day" --data-only --collection docs
check 'under its own name' same docs docs-14
check 'with its alias' [ "$(behind current)" = docs ]
configure 'collections: [docs, plain]'
fill update docs --points 9 --seed 13
check 'a name that the configuration lists' restore --snapshot "$day" --data-only --collection docs
check 'comes back as that name' same docs docs-14
check 'and keeps its alias' [ "$(behind current)" = docs ]
configure
nothing_left 'nothing is left of these'
exec 9>>state/lock && flock 9
restore --snapshot "$day" --data-only --collection docs >"$scratch/output" 2>&1 9>&- &
late=$!
for _ in $(seq 100); do grep -q 'waiting for it' "$scratch/output" && break; sleep 0.1; done
ask DELETE "$url/collections/docs" >"$scratch/said"
exec 9>&-
wait "$late"
status=$?
if [ $status = 11 ]; then ok 'a plan of what is no longer so: 11'; else fail 'a plan of what is no longer so: 11' "exit code $status"; fi
nothing_left 'nothing is made for that'
check 'planned again it comes back' restore --snapshot "$day" --data-only --collection docs

# --- Somebody writes all the time -------------------------------------------------------------------

python3 "$here/restored.py" write "$url" plain "$scratch/writes-plain" &
writer=$! children+=($!)
python3 "$here/restored.py" write "$url" current "$scratch/writes-current" &
reader=$! children+=($!)
sleep 0.3
expect 'restored while somebody writes' 0 'plain was written to while it came back' -- restore --snapshot "$day" --data-only
since=$(date +%s.%N)
sleep 0.5
kill "$writer" "$reader" && wait "$writer" "$reader" 2>/dev/null
check 'no write that was acknowledged since is lost' client written "$url" "$scratch/writes-plain" "$since" plain
check 'nor any behind the alias' client written "$url" "$scratch/writes-current" "$since" "$(behind current)" docs
nothing_left 'nothing is left of that'

# --- The server dies, uploads fail ----------------------------------------------------------------------

live=/collections/plain/shards
check 'as captured' restore --snapshot "$day" --data-only --collection plain
fill update plain --points 20 --seed 14
state plain >"$scratch/plain-16"
fault '{"kind": "kill", "step": "recover.cleared", "path": "'$live'"}'
check 'a server that dies between upload and proof gets the archive again' restore --snapshot "$day" --data-only --collection plain
awake
check 'and has what was captured' same plain plain-14
fill update plain --points 20 --seed 14
fault '{"kind": "kill", "step": "recover.loaded", "path": "recover-"}'
expect 'one that dies before anything live is touched' 1 'nothing live was touched' -- restore --snapshot "$day" --data-only --collection plain
awake
check 'leaves the live collection as it was' same plain plain-16
nothing_left 'and nothing else'
fault '{"kind": "status", "status": 500, "times": 2, "path": "'$live'/1.*upload"}'
expect 'an upload that fails when one shard is replaced' 1 'put back as it was' -- restore --snapshot "$day" --data-only --collection plain
well
check 'has the whole collection put back' same plain plain-16
# Point 5 of shard 0 is none of those that are looked at, 64 of shard 1 is one of them.
check 'points are where they are thought to be' python3 -c 'import zlib
assert [zlib.crc32(str(one).encode()) % 2 for one in (5, 64)] == [0, 1]'
check 'as captured' restore --snapshot "$day" --data-only --collection plain
ask POST "$url/collections/plain/points/payload?wait=true" '{"payload":{"mark":16},"points":[5,64]}' >"$scratch/said"
state plain >"$scratch/plain-17"
fault '{"kind": "reset", "times": 2, "path": "'$live'/1.*upload"}'
expect 'where one shard is replaced, points of the other prove nothing' 1 'put back as it was' -- \
    restore --snapshot "$day" --data-only --collection plain
well
check 'and all of it is put back' same plain plain-17
check 'as captured' restore --snapshot "$day" --data-only --collection plain
fill update plain --points 20 --seed 14
fault '[{"kind": "reset", "times": 0, "path": "'$live'.*upload"}]'
expect 'uploads that break off' 1 'plain is as it was' -- restore --snapshot "$day" --data-only --collection plain
well
check 'change nothing' same plain plain-16
nothing_left 'nothing is left of these failures'
fault '{"kind": "status", "status": 500, "path": "upload", "json": {"status": {"error": "Service internal error: No space left on device (os error 28)"}, "time": 0.1}}'
expect 'a server without room' 1 'No space left on device' 'nothing live was touched' -- restore --snapshot "$day" --data-only
well
check 'is as it was' same plain plain-16
nothing_left 'without anything half made'
fault '[{"kind": "status", "status": 500, "times": 0, "path": "'$live'/1.*upload"}]'
expect 'where even the way back fails a person is asked' 22 'neither what was wanted' 'recover restore --snapshot' -- \
    restore --snapshot "$day" --data-only --collection plain
well
expect 'the next run says so, too' 0 'restore-unfinished' 'did not come to its end' -- "$recover" backup
way=$(grep -o 'recover restore --snapshot [^[]*--data-only' "$scratch/output" | head -1 | cut -d' ' -f3-)
# shellcheck disable=SC2086
check 'the way that it names' restore $way
check 'puts it back' same plain plain-16
nothing_left 'and settles all notes'
fault '{"kind": "stall", "seconds": 30, "path": "recover-.*upload"}'
"$recover" -q restore --snapshot "$day" --data-only --collection plain --confirm test >"$scratch/said" 2>&1 &
killed=$!
for _ in $(seq 600); do [ "$(ask GET "$control/faults" | jq '.[0].hits')" = 0 ] || break; sleep 0.05; done
kill -9 $killed; wait $killed 2>/dev/null
well
check 'after a kill there is something on the server' [ -n "$(left)" ]
check 'which the next run' "$recover" -q backup
nothing_left 'deletes'
check 'and does not keep' sh -c "! '$recover' manifest latest vectors | grep plain--recover"

# --- What cannot be read ---------------------------------------------------------------------------

dirty() { ask POST "$control/dirty" "{\"collection\": \"$1\", \"shard\": ${2:-0}}" >"$scratch/said"; }
dirty plain 1
expect 'a collection of which a shard is not loaded' 0 'plain, which cannot be read now and is lost by that' 'dry run' -- \
    restore --snapshot "$day" --data-only --collection plain --dry-run
check 'is replaced all the same' restore --snapshot "$day" --data-only --collection plain
check 'and mended' same plain plain-14
dirty plain
fault '[{"kind": "status", "status": 500, "times": 2, "path": "'$live'/1.*upload"}]'
expect 'where that fails' 1 'plain could not be read before' -- restore --snapshot "$day" --data-only --collection plain
well
expect 'the next run says so' 0 'restore-unfinished' 'restore it again' -- "$recover" backup
check 'a restore once more' restore --snapshot "$day" --data-only --collection plain
check 'mends it' same plain plain-14
nothing_left 'and settles all notes'
fill append plain --points 20 --seed 19
state plain >"$scratch/plain-again"
fault '{"kind": "status", "status": 500, "times": 8, "path": "/collections/plain/points/count"}'
expect 'one that can be read again is not taken for lost' 1 'could not be read at first' 'run it again' -- \
    restore --snapshot "$day" --data-only --collection plain
well
check 'and is untouched' same plain plain-again
expect 'then nothing more is said' 0 'OK backup' -- sh -c "'$recover' backup 2>&1 | tee '$scratch/said'; ! grep -q unfinished '$scratch/said'"
dirty docs
check 'one that cannot be read keeps no other from being restored' restore --snapshot "$day" --data-only --collection plain
check 'nor from being what was captured' same plain plain-14
before=$(behind current)
check 'it is mended by its aliases' restore --snapshot "$day" --data-only --collection docs
for name in docs "$before"; do ask DELETE "$url/collections/$name" >"$scratch/said"; done

fill create three --points 600 --dimensions 8 --shards 3
check 'three shards' "$recover" backup
three=$(latest)
python3 "$here/restored.py" write "$url" three "$scratch/writes-three" &
writer=$! children+=($!)
fault '[{"kind": "lose", "times": 2, "path": "/collections/three/shards/1.*upload"}]'
expect 'a shard that is empty afterwards is no success, though somebody writes' 1 'shard 1 has' 'put back as it was' -- \
    restore --snapshot "$three" --data-only --collection three
kill "$writer" && wait "$writer" 2>/dev/null
well
check 'and has its points again' [ "$(client state "$url" three | jq '.[0] >= 600')" = true ]
ask DELETE "$url/collections/three" >"$scratch/said"

# --- Points that were away for a moment ---------------------------------------------------------------

fill create moved --points 300 --dimensions 8
check 'captured before' "$recover" -q backup
ask POST "$url/collections/moved/points/scroll" '{"limit": 20, "offset": 10, "with_payload": true, "with_vector": true}' |
    jq -c '{points: .points}' >"$scratch/away"
fault '[{"kind": "stall", "seconds": 4, "path": "moved.*partial/manifest"}, {"kind": "pause", "seconds": 4, "after": 1000, "path": "moved.*partial/create"}]'
"$recover" -q backup >"$scratch/said" 2>&1 &
capturing=$!
hits() { for _ in $(seq 600); do [ "$(ask GET "$control/faults" | jq ".[$1].hits")" = 0 ] || break; sleep 0.05; done; }
hits 0
ask POST "$url/collections/moved/points/delete?wait=true" "$(jq -c '{points: [.points[].id]}' "$scratch/away")" >"$scratch/said"
state moved >"$scratch/moved-meanwhile"
hits 1
ask PUT "$url/collections/moved/points?wait=true" "$(cat "$scratch/away")" >"$scratch/said"
check 'captured while points are away' wait "$capturing"
well
ask DELETE "$url/collections/moved" >"$scratch/said"
check 'it comes back, though it was counted with them' restore --snapshot latest --data-only --collection moved
check 'as it was captured' same moved moved-meanwhile
ask DELETE "$url/collections/moved" >"$scratch/said"

# --- Names that were free ---------------------------------------------------------------------------

ask DELETE "$url/collections/$(behind current)" >"$scratch/said"
check 'a collection that was deleted comes back' restore --snapshot "$day" --data-only --collection docs
fill update docs --points 5 --seed 15
check 'the backup after that' "$recover" -q backup
check 'takes all of it' [ "$(taken docs)" = full ]
note=$home/state/server-restore-op-vectors.json
echo '{"operation":"op","component":"vectors","staged":["plain"],"replaced":[]}' >"$note"
fault '{"kind": "status", "status": 500, "path": "/collections/plain/points/count"}'
expect 'what may be in use is not deleted because it cannot be counted' 0 'plain may be only partly there' -- "$recover" backup
well
check 'it is there' same plain plain-14
rm -f "$note"
echo 'no note' >"$note"
expect 'a note that cannot be read is said' 0 'cannot be read: look on the server' -- "$recover" backup
rm -f "$note"
fill update docs --points 5 --seed 16
check 'a backup' "$recover" -q backup
check 'is an increment' [ "$(taken docs)" = partial ]
echo 'no note' >"$home/state/collections-restored-vectors.json"
fill update docs --points 5 --seed 17
check 'where nobody knows what was restored' "$recover" -q backup
check 'all is taken' [ "$(taken docs)" = full ]
fill update docs --points 5 --seed 18
check 'and the next one' "$recover" -q backup
check 'is an increment again' [ "$(taken docs)" = partial ]
ask DELETE "$url/collections/docs" >"$scratch/said"
fault '[{"kind": "slow", "seconds": 2, "path": "plain--recover.*upload"}, {"kind": "status", "status": 500, "times": 2, "path": "'$live'/1.*upload"}]'
restore --snapshot "$day" --data-only >"$scratch/restored" 2>&1 &
restoring=$!
for _ in $(seq 600); do [ "$(ask GET "$control/faults" | jq '.[0].hits')" = 0 ] || break; sleep 0.05; done
ask PUT "$url/collections/docs/points?wait=true" "$(jq -nc '{points: [{id: 9000, vector: [range(16) | 1], payload: {}}]}')" >"$scratch/said"
wait "$restoring"
well
check 'what was made under its name and is written to already is not deleted by a failure' \
    [ "$(ask POST "$url/collections/docs/points/count" '{"exact":true}' | jq .count)" = 701 ]
check 'as is said' grep -q 'docs is still on the server' "$scratch/restored"
check 'restored once more' restore --snapshot "$day" --data-only
check 'all is what was captured' same "$(behind current)" docs-14
expect 'the next run says what is still there' 0 'docs may be only partly there' -- "$recover" backup
ask DELETE "$url/collections/docs" >"$scratch/said"
check 'until it is gone' "$recover" -q backup
nothing_left 'and no note is left'
fill create late --points 300 --dimensions 8
check 'one more is captured' "$recover" -q backup
late=$(latest)
ask DELETE "$url/collections/late" >"$scratch/said"
fault '{"kind": "stall", "seconds": 2, "path": "/collections/late/points/count"}'
(until ask_alone "$url/collections/late"; do sleep 0.05; done
    exec python3 "$here/restored.py" write "$url" late "$scratch/writes-late") 2>/dev/null &
writer=$! children+=($!)
expect 'one that somebody writes to before it is proven' 1 'somebody has written to late' 'delete it on the server' -- \
    restore --snapshot "$late" --data-only --collection late
kill "$writer" && wait "$writer" 2>/dev/null
well
check 'is left to him' [ "$(ask POST "$url/collections/late/points/count" '{"exact":true}' | jq '.count > 300')" = true ]
expect 'and the next run says so' 0 'late may be only partly there' -- "$recover" backup
ask DELETE "$url/collections/late" >"$scratch/said"
check 'until that is gone' "$recover" -q backup
nothing_left 'and nothing is left of it'

# --- What is refused ---------------------------------------------------------------------------------

refuse() { # NAME CODE FRAGMENT OPTION…: an error, and nothing is changed.
    local name=$1 code=$2 fragment=$3 before
    shift 3
    before=$(names; state plain)
    expect "$name" "$code" "$fragment" -- restore --data-only "$@"
    if [ "$before" = "$(names; state plain)" ]; then ok "$name: nothing changed"; else fail "$name: nothing changed" 'it did'; fi
}
refuse 'a collection that the snapshot lacks' 25 'holds no collection nothing' --snapshot "$day" --collection nothing
ask DELETE "$url/collections/plain" >"$scratch/said"
fill create plain --points 50 --dimensions 8 --shards 2
refuse 'vectors of another size' 28 'size of the vector is 16 in the snapshot and 8 now' --snapshot "$day" --collection plain
ask POST "$url/collections/aliases" '{"actions":[{"delete_alias":{"alias_name":"current"}}]}' >"$scratch/said"
for name in $(names | jq -r '.[] | select(startswith("docs"))'); do ask DELETE "$url/collections/$name" >"$scratch/said"; done
fill create current --points 50 --dimensions 8
refuse 'an alias that is a collection now' 1 'current was an alias of docs' --snapshot "$day" --collection docs
ask DELETE "$url/collections/current" >"$scratch/said"

# made ARCHIVE COUNT: a snapshot whose collection `old` is that archive.
made() {
    local folder=$scratch/made/collections/old
    rm -rf "$scratch/made" && mkdir -p "$folder" && cp "$1" "$folder/shard-0.tar"
    echo '[]' >"$scratch/made/aliases.json"
    echo '{"version":1,"server":{"title":"qdrant - vector search engine","version":"'$version'"}}' >"$scratch/made/server.json"
    echo '{"version":1,"shard":0,"peer":1,"server":"'$version'","method":"archive","generation":0,"manifests":{}}' >"$folder/shard-0.tar.json"
    echo '{"version":1,"proof":"exact","count_before":'"$2"',"count_after":'"$2"'}' >"$folder/state.json"
    tar xOf "$fixtures/notes-base.collection.snapshot" config.json |
        jq '{version: 1, name: "old", aliases: [], config: ., payload_schema: ($schema // {}), shard_count: 1, shard_keys: {}}' \
            --argjson schema "${3:-null}" >"$folder/collection.json"
    stack "$home" <<<"components: {vectors: $scratch/made}"
    "$recover" -q backup >"$scratch/said" 2>&1
    configure
}
python3 "$here/restored.py" shard "$fixtures/rocksdb-index-1.16.3.collection.snapshot" "$scratch/rocksdb.tar"
python3 "$here/restored.py" shard "$fixtures/notes-base.collection.snapshot" "$scratch/logless.tar" wal
made "$scratch/rocksdb.tar" 400
refuse 'an archive in RocksDB' 28 'RocksDB' --snapshot latest --collection old
made "$scratch/logless.tar" 400
refuse 'an archive without a log' 20 'wal/' --snapshot latest --collection old
made "$fixtures/notes-base.stream.tar" 401
refuse 'fewer points than were recorded' 20 'points, and the snapshot recorded 401' --snapshot latest --collection old
made "$fixtures/notes-base.stream.tar" 400
refuse 'other payload indexes than were recorded' 20 'payload indexes are not those' --snapshot latest --collection old
made "$fixtures/notes-base.partial.tar" 400
refuse 'an increment that passes for an archive' 20 'it is an increment' --snapshot latest --collection old
nothing_left 'nothing is left of what was refused'

unserve
keys=(--api-key full --read-only-api-key look)
client key full
serve
refuse 'no key' 23 '401' --snapshot "$day"
configure 'api_key: "env:WRONG"'
WRONG=look refuse 'a key that may only read' 23 '403' --snapshot "$day" --collection docs
WRONG=other refuse 'a wrong key' 23 '401' --snapshot "$day"
unserve
client key ''
keys=() version=1.20.0
configure
serve
refuse 'a version that Qdrant does not promise to bear' 28 'this is Qdrant 1.20.0, and the snapshot was taken from 1.18.3' --snapshot "$day"
check 'unless it is asked for' restore --snapshot "$day" --collection docs --as before --any-version
check 'and proven' same before docs-14
unserve

# --- A server whose disk is full ------------------------------------------------------------------------

if can_mount; then
    [ "$(id -u)" = 0 ] && prefix=(unshare --mount --propagation private) || prefix=(unshare --mount --map-root-user)
    version=1.18.3 prefix+=(bash -c 'mkdir -p "$0/tmp" && mount -t tmpfs -o size=100k tmpfs "$0/tmp" && exec "$@"' "$storage")
    serve
    before=$(names)
    for words in '--collection docs --data-only' '--collection docs --as again'; do
        # shellcheck disable=SC2086
        expect "a disk that is full, $words" 1 'No space left on device' 'has room' -- \
            restore --snapshot "$day" $words
        check 'leaves everything as it was' [ "$before" = "$(names)" ]
    done
    nothing_left 'and nothing of its own'
    unserve
    prefix=()
else
    skip 'a disk that is full' 'no mounts here'
fi

# --- A cluster ----------------------------------------------------------------------------------------

# Any ports: those behind a free one may belong to connections that ended a moment ago.
alone=$storage lone_port=$port
version=1.18.3 keys=(--peers 3) storage=$scratch/cluster port=0
serve
nodes=$(jq -r '.urls[1:] | join(", ")' "$scratch/line")
fill create spread --points 300 --dimensions 8 --shards 3
ask PUT "$url/collections/keyed" '{"vectors":{"size":2,"distance":"Dot"},"sharding_method":"custom"}' >"$scratch/said"
number=0
for key in acme beta; do
    ask PUT "$url/collections/keyed/shards" "{\"shard_key\":\"$key\"}" >"$scratch/said"
    number=$((number + 1))
    ask PUT "$url/collections/keyed/points?wait=true" \
        '{"shard_key":"'$key'","points":[{"id":'$number',"vector":[1,2],"payload":{"of":"'$key'"}}]}' >"$scratch/said"
done
configure "peers: [$nodes]"
check 'a cluster is captured' "$recover" backup
day=$(latest)
for name in spread keyed; do
    state $name >"$scratch/$name"
    check "$name comes back, each shard to the node that has it" restore --snapshot "$day" --collection $name --as "$name-before"
    check "$name is what was captured" same $name-before $name
done
check 'shard keys have their numbers again' [ "$(ask GET "$url/collections/keyed/shards" | jq -S .)" = "$(ask GET "$url/collections/keyed-before/shards" | jq -S .)" ]
configure
expect 'nodes that are not named' 1 'name the other nodes under peers' 'nothing live was touched' -- restore --snapshot "$day" --data-only --collection spread
unserve
keys=() storage=$alone port=$lone_port
serve
configure
expect 'custom sharding outside a cluster' 28 'its keys cannot be made here' -- restore --snapshot "$day" --collection keyed --as keyed
nothing_left 'leaves nothing'
unserve
expect 'a server that is not there' 23 'no connection' -- restore --snapshot "$day" --data-only
python3 -m http.server --bind 127.0.0.1 "$port" --directory "$scratch/made" >"$scratch/said" 2>&1 &
children+=($!)
for _ in $(seq 100); do (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.05; done
expect 'something that is no Qdrant' 23 'none of Qdrant' -- restore --snapshot "$day" --data-only

finish
