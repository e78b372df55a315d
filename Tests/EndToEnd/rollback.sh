#!/usr/bin/env bash
# Data and TAG go back together, and come back if the result is not healthy: three services on a real
# engine, a database, users, a model link and a Qdrant. Starts a Docker daemon of its own and stops it
# again.
. "$(dirname "$0")/support.sh"
. "$here/docker.bash"
need_daemon 'recoveries of data and TAG'
# shellcheck source=/dev/null
. "$here/upgraded.bash"

# --- Gates that fail -------------------------------------------------------------------------------

for mode in unhealthy crash restart smoke body; do
    echo $mode >mode/2026.01.14
    # Compose waits for what others depend on, and says no more than that it does not come.
    [ $mode != crash ] || sed -i 's|^  front:|&\n    depends_on: {api: {condition: service_healthy}}|' compose.yml
    json "$recover" restore --tag 2026.01.14 --confirm test
    code=$?
    cp "$scratch/errors" "$scratch/output"
    sed -i '/condition: service_healthy/d' compose.yml
    if [ $code = 21 ]; then ok "$mode: 21"; else fail "$mode: 21" "exit code $code"; fi
    if [ $mode = crash ]; then check "$mode: the container is named, and its log" jq -e '.errors[0].message | startswith("container:api: api: ended with 3; its log: ERROR: no such table")' "$scratch/json"; fi
    same 15 "$mode"
    agree 21 reverted "$mode"
    found=$(left)
    if [ -z "$found" ]; then ok "$mode: nothing is left of it"; else fail "$mode: nothing is left of it" "$found"; fi
    echo "measured: $mode: $(field '.errors[0].message' | cut -c1-150); $(field '.errors[0].state')"
done
rm mode/2026.01.14
docker save app:2026.01.14 -o "$scratch/app.tar" && id=$(docker images -q --no-trunc app:2026.01.14)
# By its id, so that the name goes, too, by which a backup kept it.
docker rmi -f "$id" >"$scratch/said" 2>&1
json "$recover" restore --tag 2026.01.14 --confirm test
code=$?
cp "$scratch/errors" "$scratch/output"
if [ $code = 28 ]; then ok 'a missing image: 28'; else fail 'a missing image: 28' "exit code $code"; fi
same 15 'a missing image'
agree 28 refused 'a missing image'
check 'no operation was begun' sh -c "! '$recover' resume --dry-run | grep -q would"
docker load -q -i "$scratch/app.tar" >"$scratch/said"

# --- The main way --------------------------------------------------------------------------------

expect 'the plan' 0 'set TAG in' 'from 2026.01.15 to 2026.01.14' 'stop worker, front, api' 'start worker' 'replace' -- \
    "$recover" restore --tag 2026.01.14 --dry-run
expect 'what is lost is said' 0 'docs: 300 points then, 320 now' -- "$recover" restore --tag 2026.01.14 --dry-run
check 'a snapshot of 2026.01.15' "$recover" -q backup
expect 'of databases, too' 0 'p.db: 501 rows then, 431' 'in users return jun' 'in users vanish sora' '1 files that were made since' -- \
    "$recover" restore --tag 2026.01.14 --dry-run
same 15 'a dry run changes nothing'
expect 'it wants the name of the stack' 26 -- "$recover" restore --tag 2026.01.14
json "$recover" restore --tag 2026.01.14 --confirm test
status=$?
cp "$scratch/errors" "$scratch/output"
if [ "$status" = 0 ]; then ok 'data and TAG go back'; else fail 'data and TAG go back' "exit code $status"; fi
same 14 'back at 2026.01.14'
check 'the mode of the env file is kept' test "$(stat -c %a .env)" = 640
check 'only the line of the TAG changed' cmp .env "$scratch/env-14"
agree 0 'done' 'a recovery'
echo "measured: down for $(field .data.downtime_seconds) s"

check 'undone as it said' "$recover" restore --tag 2026.01.15 --confirm test
same 15 'undone'

# --- What it costs ----------------------------------------------------------------------------------------

# What else the machine does adds to one or the other: of three rounds one must show it.
for _ in 1 2 3; do
    began=$(date +%s.%N)
    compose -f compose.yml stop >"$scratch/said" 2>&1 && up && answers 0 2026.01.15
    usual=$(awk "BEGIN { printf \"%.1f\", $(date +%s.%N) - $began }")
    json "$recover" restore --tag 2026.01.14 --confirm test
    down=$(field .data.downtime_seconds)
    echo "measured: down for $down s, where stop and up alone take $usual s"
    awk "BEGIN { exit !($down <= $usual + 3) }" && break
    "$recover" -q restore --tag 2026.01.15 --confirm test
done
check 'at most 3 s more than they' awk "BEGIN { exit !($down <= $usual + 3) }"
found=$(grep -rl "$secret" state ops repository "$scratch/json" "$scratch/errors" "$scratch/log" 2>/dev/null)
if [ -z "$found" ]; then ok 'no value of the env file is anywhere'; else fail 'no value of the env file is anywhere' "$found"; fi
finish
