#!/usr/bin/env bash
# Data and TAG go back together, and come back if the result is not healthy: three services on a real
# engine, a database, users, a model link and a Qdrant. Starts a Docker daemon of its own and stops it
# again.
. "$(dirname "$0")/support.sh"
. "$here/docker.bash"
need_daemon 'recoveries of data and TAG'
server=$here/../QdrantServer
if ! "$server/install" >"$scratch/output" 2>&1; then
    fail 'the test server is installed' "$(tail -1 "$scratch/output")"
    finish
fi

# shellcheck source=/dev/null
. "$here/release.bash"
home=$scratch/stack
mkdir -p "$home"/{image,mode,data/projects,data/rbac,models,source}
release_images 2026.01.14 2026.01.15
mapfile -t ports < <(free_ports 3)

# --- The stack ---------------------------------------------------------------------------------

cat >"$home/compose.yml" <<YAML
version: "2.4"
x-all: &all
  image: app:\${TAG}
  network_mode: host
  stop_signal: SIGKILL
services:
  api:
    <<: *all
    environment: {NAME: api, PORT: "${ports[0]}", JWT_SECRET_KEY: "\${JWT_SECRET_KEY}"}
    volumes: ["./data:/data", "./mode:/mode:ro", "./models:/models:ro"]
    depends_on: [worker]
    healthcheck: {test: ["CMD", "/busybox", "wget", "-q", "-O", "-", "http://127.0.0.1:${ports[0]}/alive"], interval: 1s, timeout: 1s, retries: 2}
  worker:
    <<: *all
    environment: {NAME: worker, PORT: "${ports[1]}"}
    volumes: ["./data:/data", "./mode:/mode:ro"]
    restart: unless-stopped
  front:
    <<: *all
    environment: {NAME: front, PORT: "${ports[2]}"}
    volumes: ["./mode:/mode:ro"]
YAML
secret=$(head -c 24 /dev/urandom | base64 | tr -d '+/=\n')
cat >"$home/.env" <<ENV
# of the stack
TAG=2026.01.14
JWT_SECRET_KEY=$secret
FEATURE_CHAT=on
ENV
chmod 640 "$home/.env"
cd "$home" || exit 1

storage=$scratch/storage
"$server/start" --storage "$storage" --port 0 --control-port 0 --version-string 1.18.3 \
    >"$scratch/line" 2>"$scratch/server-errors" &
children+=($!)
for _ in $(seq 200); do [ -s "$scratch/line" ] && break; sleep 0.05; done
url=$(jq -r .url "$scratch/line") control=$(jq -r .control "$scratch/line")

configuration() {
    stack "$home" <<YAML
compose: {files: [compose.yml], env_file: .env}
components:
  memory: data/projects
  rbac:   {path: data/rbac/security.db, required: true}
  models: {versions: models, zone: Asia/Seoul}
  qdrant: {qdrant: "$url"}
quiesce: [api, worker]
health:
  api: {url: "http://127.0.0.1:${ports[0]}/cgi-bin/health", expect: {json: {status: healthy}}}
smoke: ["http://127.0.0.1:${ports[0]}/cgi-bin/openapi"]
gate: {retry: 6s, interval: 1s}
$1
YAML
}
configuration ''
sql() { sqlite3 "$1" "$2"; }
sql data/projects/p.db 'PRAGMA journal_mode=wal; CREATE TABLE turns(id INTEGER PRIMARY KEY, text);
    CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ("0009");
    INSERT INTO turns(text) SELECT hex(randomblob(20)) FROM generate_series(1, 500)' >"$scratch/said"
sql data/rbac/security.db 'CREATE TABLE users(name TEXT PRIMARY KEY, role TEXT); INSERT INTO users VALUES ("mina", "admin"), ("jun", "reader")'
echo 'first notes' >data/projects/notes.txt
"$recover" -q init >"$scratch/said" 2>&1
head -c 100000 /dev/urandom >source/model.bin
"$recover" -q models publish source --version 202601140900 --activate --yes >"$scratch/said" 2>&1
ask() { python3 "$here/restored.py" ask "$@"; }
fill() { "$server/fill.py" "$url" "$@" >"$scratch/filled" 2>&1 || fail "fill $*" "$(tail -1 "$scratch/filled")"; }
fill create docs --points 300 --dimensions 8
fill create plain --points 200 --dimensions 8
ask POST "$url/collections/aliases" '{"actions":[{"create_alias":{"alias_name":"current","collection_name":"docs"}}]}' >"$scratch/said"

# content: every row, file, link and point of the live stack, as text.
content() {
    local file name
    for file in data/projects/*.db data/rbac/*.db; do echo "$file" && sqlite3 "$file" .dump; done
    (cd data/projects && find . -type f ! -name '*.db*' -exec sha256sum {} + | sort)
    # Other versions than the one in use stay, whatever is restored.
    (cd models && readlink current && find current/ -type f -exec sha256sum {} + | sort)
    for name in current plain; do echo "$name" && python3 "$here/restored.py" state "$url" "$(ask GET "$url/aliases" | jq -r --arg n "$name" '([.aliases[] | select(.alias_name == $n).collection_name] + [$n])[0]')"; done
    grep -v '^#' .env
}

check 'the stack at 2026.01.14 is up' up
check 'and answers' answers 0 2026.01.14
check 'a snapshot of it' "$recover" -q backup --tag 2026.01.14
first=$("$recover" list --json | jq -r '.data.snapshots[-1].id')
cp .env "$scratch/env-14"
content >"$scratch/content-14"
images >"$scratch/images-14"

# upgrade: another TAG, another schema, other data.
upgrade() {
    sed -i 's/^TAG=.*/TAG=2026.01.15/' .env
    sql data/projects/p.db 'UPDATE alembic_version SET version_num = "0010"; ALTER TABLE turns ADD COLUMN score REAL;
        DELETE FROM turns WHERE id % 7 = 0; INSERT INTO turns(text, score) VALUES ("new", 0.5)'
    sql data/rbac/security.db 'DELETE FROM users WHERE name = "jun"; INSERT INTO users VALUES ("sora", "admin")'
    echo 'second notes' >data/projects/notes.txt
    echo 'new' >data/projects/new.txt
    head -c 100000 /dev/urandom >source/model.bin
    "$recover" -q models publish source --version 202601150900 --activate --yes >"$scratch/said" 2>&1
    local name
    for name in current plain; do
        fill update $name --points 40 --seed 3
        fill append $name --points 20 --seed 4
    done
    up
}
upgrade
check 'the stack at 2026.01.15 is up' answers 0 2026.01.15
content >"$scratch/content-15"
images >"$scratch/images-15"

# same WHICH NAME: data, links, points, TAG, images are those of a TAG.
same() {
    local which=$1 name=$2
    content >"$scratch/now"
    images >"$scratch/images-now"
    cp "$scratch/now" "$scratch/output"
    if diff "$scratch/content-$which" "$scratch/now" >"$scratch/output"; then ok "$name: every row, file, link and point"; else fail "$name: every row, file, link and point" "other than at $which"; fi
    if cmp -s "$scratch/images-$which" "$scratch/images-now"; then ok "$name: every image"; else fail "$name: every image" "other than at $which"; fi
    check "$name: it answers" answers 0 "2026.01.$which"
}

# --- Gates that fail -------------------------------------------------------------------------------

# Where something is still staged, aside, or noted.
left() {
    find "$home" -path "$home/repository" -prune -o \
        \( -name '.recover-stage-*' -o -name '.recover-prev-*' -o -name '.recover-env*' \) -print
    python3 "$here/restored.py" left "$url"
    find state -maxdepth 1 -name '*server-restore*' -printf '%f\n'
}
for mode in unhealthy crash restart smoke body; do
    echo $mode >mode/2026.01.14
    json "$recover" restore --tag 2026.01.14 --confirm test
    code=$?
    cp "$scratch/errors" "$scratch/output"
    if [ $code = 21 ]; then ok "$mode: 21"; else fail "$mode: 21" "exit code $code"; fi
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

# --- Killed at its journaled steps -------------------------------------------------------------------
# A library before libc's counts the lines of the journal that are durable, and kills at one of them.

cat >"$scratch/kill.c" <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int fsync(int file) {
    static int (*real)(int);
    static int count;
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    int result = real(file);
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    const char *when = getenv("KILL_AT");
    if (length > 0 && when) {
        path[length] = 0;
        if (strstr(path, "/operations/") && strstr(path, "journal.jsonl") && ++count == atoi(when)) {
            const char *instead = getenv("RUN_AT");
            if (!instead) kill(getpid(), SIGKILL);
            unsetenv("LD_PRELOAD");
            if (system(instead)) return result;
        }
    }
    return result;
}
C
check 'the library that kills' gcc -shared -fPIC -O1 -o "$scratch/kill.so" "$scratch/kill.c" -ldl
killed() { # killed LINE COMMAND…: whether it was.
    local line=$1
    shift
    { LD_PRELOAD=$scratch/kill.so KILL_AT=$line "$@" >"$scratch/said" 2>&1; } 2>/dev/null
    [ $? = 137 ]
}
"$recover" log --json | jq -r '[.data.operations[] | select(.verb == "restore" and .result == "done")][-1].facts.log' >"$scratch/last"
lines=$(wc -l <"$(cat "$scratch/last")")
undo=$(field .data.safety_snapshot)
back() { "$recover" -q restore --snapshot "$undo" --confirm test >"$scratch/output" 2>&1; }
check 'undone as it said' "$recover" restore --tag 2026.01.15 --confirm test
same 15 'undone'
docker stop "$(container front)" >"$scratch/said"
images >"$scratch/images-15"
at14() { sed "s/$(id_of 2026.01.15)/$(id_of 2026.01.14)/" "$scratch/images-15"; }
# What was stopped keeps its container, and with it the image that it had.
at14 | sed "s/^front sha.*/front $(id_of 2026.01.15)/" >"$scratch/images-14"

# What is kept of those that came to their end, for as long as `hold` says.
left >"$scratch/kept"

# Every line in the long form, some of them otherwise.
if [ -n "${RECOVER_EVERY_STEP:-}" ]; then points=$(seq $((lines - 1))); else
    points=$(awk -v n="$lines" 'BEGIN { srand('"${RECOVER_SEED:-$RANDOM}"'); for (i = 0; i < 2; i++) print 1 + int((i + rand()) * (n - 1) / 2) }')
fi
for point in $points; do
    for way in '' --forward; do
        name="killed at line $point${way:+, forward}"
        if ! killed "$point" "$recover" restore --tag 2026.01.14 --confirm test; then
            fail "$name" 'it was not killed'
            continue
        fi
        step=$("$recover" resume --dry-run | sed -n 's/^would //p' | head -1)
        if [ "$way" = '' ]; then expect "$name: others are refused" 24 'did not come to its end' -- "$recover" backup; fi
        json "$recover" resume $way
        code=$?
        cp "$scratch/errors" "$scratch/output"
        if [ $code = 0 ]; then ok "$name: resumed ($step)"; else fail "$name: resumed ($step)" "exit code $code"; fi
        if grep -q '^TAG=2026.01.14' .env; then which=14; else which=15; fi
        if [ -z "$way" ] && [ $which = 14 ] && ! echo "$step" | grep -q 'tidy up'; then fail "$name: back" 'it went forward'; fi
        same $which "$name"
        if [ $which = 14 ]; then
            check "$name: put back for the next" "$recover" -q restore --tag 2026.01.15 --confirm test
            left >"$scratch/kept"
        fi
        if left | diff "$scratch/kept" - >"$scratch/output"; then ok "$name: nothing is left"; else fail "$name: nothing is left" 'of it'; fi
        same 15 "$name, afterwards"
    done
done

# --- Others die between the stop and the start --------------------------------------------------------

# at STEP: the line of the journal at which a state begins.
at() { awk -v s="\"step\":\"$1\"" 'index($0, s) && index($0, "\"phase\":\"intent\"") { print NR; exit }' "$(cat "$scratch/last")"; }
# amid NAME CODE RESULT STEP COMMAND: a restore in which a command runs when a state begins.
amid() {
    LD_PRELOAD=$scratch/kill.so KILL_AT=$(at "$4") RUN_AT=$5 "$recover" restore --tag 2026.01.14 --confirm test --json \
        >"$scratch/json" 2>"$scratch/errors"
    code=$?
    cp "$scratch/errors" "$scratch/output"
    if [ $code = "$2" ]; then ok "$1: $2"; else fail "$1: $2" "exit code $code"; fi
    agree "$2" "$3" "$1"
}
amid 'the engine dies' 22 not-reverted safety-b "kill -9 $(daemon_pid)"
check 'the engine dies: what to type is said' jq -e '.errors[0].next | contains("recover resume") and contains("start")' "$scratch/json"
start_daemon
check 'the engine dies: resumed' "$recover" resume
same 15 'the engine dies'
# In the long form: what was staged there is asked for again and again for minutes.
if [ -n "${RECOVER_EVERY_STEP:-}" ]; then
    server_pid=$(pgrep -f "server.*$storage" | head -1)
    # Nothing on it had changed yet; what was staged there goes when it answers again.
    amid 'Qdrant dies' 21 reverted swap "kill -9 $server_pid"
    "$server/start" --storage "$storage" --port "${url##*:}" --control-port "${control##*:}" --version-string 1.18.3 \
        >"$scratch/line" 2>>"$scratch/server-errors" &
    children+=($!)
    for _ in $(seq 100); do ask GET "$url/collections" >"$scratch/said" 2>&1 && break; sleep 0.1; done
    same 15 'Qdrant dies'
fi

# --- What it costs ----------------------------------------------------------------------------------------

docker start "$(docker ps -aq --filter label=com.docker.compose.service=front)" >"$scratch/said"
began=$(date +%s.%N)
docker-compose -f compose.yml stop >"$scratch/said" 2>&1 && up && answers 0 2026.01.15
usual=$(awk "BEGIN { printf \"%.1f\", $(date +%s.%N) - $began }")
json "$recover" restore --tag 2026.01.14 --confirm test
echo "measured: down for $(field .data.downtime_seconds) s, where stop and up alone take $usual s"
found=$(grep -rl "$secret" state ops repository "$scratch/json" "$scratch/errors" "$scratch/log" 2>/dev/null)
if [ -z "$found" ]; then ok 'no value of the env file is anywhere'; else fail 'no value of the env file is anywhere' "$found"; fi
finish
