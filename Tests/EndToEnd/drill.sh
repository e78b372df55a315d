#!/usr/bin/env bash
# A restore for practice: all of it is opened and proven, nothing live is touched, nothing is left,
# and a fault that somebody makes is noticed.
. "$(dirname "$0")/support.sh"

home=$scratch/stack
mkdir -p "$home/memory" "$home/models/202601140210" "$home/metrics"
sqlite3 "$home/memory/project.db" "CREATE TABLE t(x); INSERT INTO t VALUES (1), (2), (3);"
sqlite3 "$home/security.db" "CREATE TABLE users(name); INSERT INTO users VALUES ('a');"
for number in $(seq 30); do head -c 20000 /dev/urandom >"$home/memory/$number.bin"; done
head -c 300000 /dev/urandom >"$home/models/202601140210/model.bin"
touch "$home/models/202601140210/_SUCCESS"
ln -s 202601140210 "$home/models/current"

server=$here/../QdrantServer
"$server/install" >"$scratch/output" 2>&1 || { fail 'the test server is installed' "$(tail -1 "$scratch/output")"; finish; }
"$server/start" --storage "$scratch/qdrant.storage" >"$scratch/server" 2>"$scratch/server.errors" &
server_process=$!
children+=("$server_process")
for _ in $(seq 200); do [ -s "$scratch/server" ] && break; sleep 0.05; done
url=$(jq -r .url "$scratch/server")
collections() { "$here/qdrant.py" ask GET "$url/collections" | jq -r '.collections[].name' | sort | tr '\n' ' '; }
"$server/fill.py" "$url" create notes --points 60 --dimensions 8 >"$scratch/output" 2>&1
"$server/fill.py" "$url" create docs --points 40 --dimensions 8 >"$scratch/output" 2>&1
stack "$home" <<YAML
components:
  memory: memory
  rbac: security.db
  models: {versions: models}
  vectors: {qdrant: "$url"}
metrics: metrics/recover.prom
YAML
cd "$home" || exit 1
"$recover" -q init >"$scratch/output" 2>&1
"$recover" -q backup --tag 2026.01.14 >"$scratch/output" 2>&1 || fail 'a backup'
before=$(collections)
live() { find memory security.db models -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum; }
live=$(live)

json "$recover" drill
check 'a drill of a sound snapshot passes' sh -c "test '$(field .exit_code)' = 0 && test '$(field .data.passed)' = true"
check 'every database was opened' test "$(field .data.databases)" = 2
check 'every collection was loaded' test "$(field .data.collections)" = 2
check 'the points were counted' sh -c "jq -r '.data.checks[] | select(.name == \"collections\").detail' '$scratch/json' | grep -q '100 points'"
check 'model hashes were compared' sh -c "jq -e '.data.checks[] | select(.name == \"model-hashes\" and .passed)' '$scratch/json'"
check 'the time was measured' sh -c "jq -e '.data.recovery_seconds > 0' '$scratch/json'"
check 'the server is as it was' test "$(collections)" = "$before"
check 'nothing live was touched' test "$(live)" = "$live"
check 'a receipt is kept' sh -c "jq -e '.passed and .snapshot != null' state/drills/*.json"
check 'and nothing else' sh -c "! ls -d state/drill-* 2>/dev/null"
check 'release.log has its line' grep -q 'drill done' ops/release.log
check 'the metrics have the time' grep -q '^recover_drill_rto_seconds{stack="test"} [0-9]' metrics/recover.prom
check 'and the outcome' grep -q '^recover_operation_last_outcome{stack="test",operation="drill",outcome="ok"} 1' metrics/recover.prom
expect 'what is kept is there' 0 'restored in' -- "$recover" drill --keep --in "$scratch" --no-servers
check 'as it was captured' cmp "$home/memory/7.bin" "$scratch"/drill-*/data/memory/7.bin

# --- Faults --------------------------------------------------------------------------------------

for fault in empty-model missing-mount disk-full qdrant-down kill-9; do
    expect "the fault $fault is noticed" 0 'noticed: ' 'OK drill' -- "$recover" drill --fault "$fault" --no-servers
done
check 'no rehearsal touched anything live' test "$(live)" = "$live"
check 'nor left anything' sh -c "! ls -d state/drill-* 2>/dev/null"
expect 'a fault that nobody knows' 64 'kill-9' -- "$recover" drill --fault earthquake
expect 'a snapshot that nobody has' 25 'no snapshot' -- "$recover" drill 19990101
expect 'a dry run restores nothing' 0 'would restore' -- "$recover" -n drill

kill "$server_process"
wait "$server_process" 2>/dev/null
expect 'without the server the drill fails' 20 'FAIL' 'vectors' 'collections' -- "$recover" drill
check 'and says so in the metrics' grep -q '^recover_operation_last_outcome{stack="test",operation="drill",outcome="failed"} 1' metrics/recover.prom

pack=$(find repository/packs -type f -printf '%s %p\n' | sort -n | tail -1 | cut -d' ' -f2)
chmod u+w "$pack"
python3 -c 'import sys
path = sys.argv[1]; content = bytearray(open(path, "rb").read()); content[len(content) // 2] ^= 1; open(path, "wb").write(content)' "$pack"
expect 'damage fails the drill' 20 'FAIL' 'Next: ' -- "$recover" drill --no-servers
check 'which its receipt says' sh -c "jq -s -e 'map(.passed) | any(. == false)' state/drills/*.json"
finish
