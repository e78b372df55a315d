#!/usr/bin/env bash
# An earlier TAG again without its data: by the key of an env file, by an override where tags stand in
# the compose file, for one service, for flags only; what was deployed by other means; and a stack that
# compose does not run. Starts a Docker daemon of its own and stops it again.
. "$(dirname "$0")/support.sh"
. "$here/docker.bash"
. "$here/release.bash"
need_daemon 'rollbacks of images'
home=$scratch/stack
mkdir -p "$home"/{image,mode,data}
release_images 2026.01.13 2026.01.14 2026.01.15
mapfile -t ports < <(free_ports 3)

# describe IMAGE: api, worker and front from images of this name.
describe() {
    cat >"$home/compose.yml" <<YAML
version: "2.4"
services:
  api:
    image: $1
    network_mode: host
    stop_signal: SIGKILL
    environment: {NAME: api, PORT: "${ports[0]}", FEATURE_CHAT: "\${FEATURE_CHAT}", KEY: "\${SECRET_KEY}"}
    volumes: ["./data:/data", "./mode:/mode:ro"]
    depends_on: [worker]
  worker:
    image: $1
    network_mode: host
    stop_signal: SIGKILL
    environment: {NAME: worker, PORT: "${ports[1]}"}
    volumes: ["./mode:/mode:ro"]
  front:
    image: $1
    network_mode: host
    stop_signal: SIGKILL
    environment: {NAME: front, PORT: "${ports[2]}"}
    volumes: ["./mode:/mode:ro"]
YAML
}
cat >"$home/.env" <<ENV
TAG=2026.01.14
FEATURE_CHAT='on'  # for everybody
SECRET_KEY=$(head -c 18 /dev/urandom | base64 | tr -d '+/=')
ENV
chmod 600 "$home/.env"
describe "app:\${TAG}"
cd "$home" || exit 1
stack "$home" <<YAML
compose: {files: [compose.yml], env_file: .env}
components: {data: data}
health: {api: {url: "http://127.0.0.1:${ports[0]}/cgi-bin/health", expect: {json: {status: healthy}}}}
gate: {retry: 5s, interval: 1s}
YAML
sqlite3 data/p.db 'CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ("0009");
    CREATE TABLE notes (text); INSERT INTO notes VALUES ("one")'
"$recover" -q init >"$scratch/said" 2>&1

# running TAG NAME: all services run images of this TAG, and answer.
running() {
    if docker ps -q | xargs docker inspect --format '{{.Image}}' | sort -u | cmp -s - <(id_of "$1"); then ok "$2: all run $1"; else fail "$2: all run $1" "$(images)"; fi
    check "$2: it answers" answers 0 "$1"
}

# undone NAME: the way back that was printed last, as it was printed.
undone() {
    local words
    read -ra words < <(sed -n 's/^undo: recover //p' "$scratch/output")
    check "$1" "$recover" "${words[@]:-nothing}" --yes
}

# --- What was deployed by other means ---------------------------------------------------------------

check 'up' up
check 'it answers' answers 0 2026.01.14
json "$recover" deploy record --tag 2026.01.14 --note 'by hand'
cp "$scratch/json" "$scratch/output"
check 'a deployment is noted' test "$(field '.exit_code, .data.healthy' | xargs)" = '0 true'
agree 0 'done' 'a deployment'
check 'with its note' grep -q 'reason: by hand' ops/release.log
expect 'a TAG of no form' 64 'newest is no TAG' -- "$recover" deploy record --tag newest
echo body >mode/2026.01.14 && docker restart "$(container api)" >"$scratch/said"
expect 'one that is not healthy is noted, with 3' 3 'status is degraded' -- "$recover" deploy record --tag 2026.01.14
rm mode/2026.01.14 && docker restart "$(container api)" >"$scratch/said"
answers 0 2026.01.14
check 'noted again' "$recover" -q deploy record --tag 2026.01.14
check 'a snapshot' "$recover" -q backup --reason pre-deploy
chosen 'by the compose that was chosen'

# --- Images only ---------------------------------------------------------------------------------------

sed -i 's/^TAG=.*/TAG=2026.01.15/' .env && up
answers 0 2026.01.15
check 'the next is noted' "$recover" -q deploy record
echo 'written since' >data/new.txt
sed -i '/NAME: front/s/PORT: "[0-9]*"/PORT: "0"/' compose.yml
check 'two of a service' compose -f compose.yml up -d --scale front=2
answers 0 2026.01.15
json "$recover" rollback
cp "$scratch/json" "$scratch/output"
check 'without a TAG the last good one is proposed' test "$(field .data.proposal)" = 2026.01.14
expect 'a plan' 0 'set TAG in' 'run api from app:2026.01.14' 'stop worker, front, api' -- "$recover" rollback 2026.01.14 --dry-run
expect 'it wants a yes' 26 -- "$recover" rollback 2026.01.14
json "$recover" rollback last-good --yes
cp "$scratch/errors" "$scratch/output"
check 'a rollback' test "$(field .exit_code)" = 0
running 2026.01.14 'rolled back'
check 'data stays' test -e data/new.txt
check 'two are two again' test "$(container front | wc -l)" = 2
agree 0 'done' 'a rollback'
echo "measured: images only, down for $(field .data.downtime_seconds) s"
expect 'a TAG that nobody knows' 28 'no longer has the images' -- "$recover" rollback 2026.01.01 --yes
running 2026.01.14 'refused'
check 'forward again' "$recover" -q rollback 2026.01.15 --yes
running 2026.01.15 'forward'
echo crash >mode/2026.01.14
json "$recover" rollback 2026.01.14 --yes
cp "$scratch/json" "$scratch/output"
check 'one that crashes is taken back with 21' test "$(field .exit_code)" = 21
running 2026.01.15 'taken back'
agree 21 reverted 'one that crashes'
check 'and two are two' test "$(container front | wc -l)" = 2
describe "app:\${TAG}" && up && answers 0 2026.01.15

# What was not well before is not called healthy after the way back.
echo crash >mode/2026.01.15 && docker restart "$(container front)" >"$scratch/said"
for _ in $(seq 50); do [ -z "$(container front)" ] && break; sleep 0.1; done
rm mode/2026.01.15
json "$recover" rollback 2026.01.14 --yes
cp "$scratch/json" "$scratch/output"
check 'one beside a service that had died before: 21, which is said' test "$(field '.exit_code, (.errors[0].state | contains("healthy but for front, as before"))' | xargs)" = '21 true'
rm mode/2026.01.14
check 'all are up again' up
running 2026.01.15 'up again'

# --- A plan that is no longer true -------------------------------------------------------------------------

# As it is made while another recovery has the services down.
docker stop "$(container api)" >"$scratch/said"
exec 9>>state/lock && flock 9
"$recover" rollback 2026.01.14 --yes >"$scratch/output" 2>&1 9>&- &
late=$!
for _ in $(seq 100); do grep -q 'waiting for it' "$scratch/output" && break; sleep 0.1; done
check 'the service is up by then' up
exec 9>&-
wait "$late"
status=$?
if [ $status = 11 ]; then ok 'a plan of what is no longer so: 11'; else fail 'a plan of what is no longer so: 11' "exit code $status"; fi
running 2026.01.15 'not by that plan'

# --- What died, what is stopped --------------------------------------------------------------------------

# A deployment that is wanted back is often one whose services have died.
echo crash >mode/2026.01.15 && docker restart "$(container api)" >"$scratch/said"
for _ in $(seq 50); do [ -z "$(container api)" ] && break; sleep 0.1; done
rm mode/2026.01.15
expect 'what was deployed is not healthy then' 3 'api: ended with 3' -- "$recover" deploy record --tag 2026.01.15
expect 'a service that died is in the plan' 0 'start worker, front, api' 'api had ended with an error' -- \
    "$recover" rollback 2026.01.14 --dry-run
check 'and comes up' "$recover" rollback 2026.01.14 --yes
cp "$scratch/output" "$scratch/undo"
running 2026.01.14 'one had died'
echo more >>data/new.txt && cp "$scratch/undo" "$scratch/output"
undone 'forward again, as it said'
check 'which leaves data alone' grep -q more data/new.txt
docker stop "$(container front)" >"$scratch/said"
expect 'one that was stopped' 0 'front is stopped and stays so' -- "$recover" rollback 2026.01.14 --dry-run
expect 'and that is named' 25 'front is stopped' -- "$recover" rollback 2026.01.14 --service front --yes
check 'up again' up
docker tag app:2026.01.14 postgres:15 && docker tag app:2026.01.15 postgres:16
sed -i '/^  front:/,$ s|image: .*|image: postgres:15|' compose.yml && up && answers 0 2026.01.15
check 'a snapshot with a database' "$recover" -q backup --tag 2026.01.15
sed -i 's|postgres:15|postgres:16|' compose.yml && up && answers 0 2026.01.15
expect 'a database of another version' 28 'the image of front would change' -- "$recover" rollback 2026.01.15 --dry-run
compose -f compose.yml stop >"$scratch/said" 2>&1
expect 'nor is it where nothing runs' 3 'nothing of it runs' -- "$recover" deploy record --tag 2026.01.15
expect 'also where nothing runs' 28 'the image of front would change' -- "$recover" rollback 2026.01.15 --dry-run
describe "app:\${TAG}" && up && answers 0 2026.01.15
check 'a snapshot without it' "$recover" -q backup --tag 2026.01.15

# Where nothing ran, nothing is left of what was tried: whoever starts a container later means its image.
echo crash >mode/2026.01.15 && docker restart "$(container api)" >"$scratch/said"
for _ in $(seq 50); do [ -z "$(container api)" ] && break; sleep 0.1; done
rm mode/2026.01.15
compose -f compose.yml stop >"$scratch/said" 2>&1
echo crash >mode/2026.01.14
expect 'what cannot be started where nothing ran: 21' 21 -- "$recover" rollback 2026.01.14 --yes
rm mode/2026.01.14
check 'nothing runs' test -z "$(docker ps -q)"
check 'each container is of the image that it had' cmp -s <(docker ps -aq | xargs docker inspect --format '{{.Image}}' | sort -u) <(id_of 2026.01.15)
check 'whose death no longer shows, is said' sh -c "tail -20 ops/release.log | grep -q 'containers of api, which had ended with an error, were made anew'"
docker ps -aq | xargs docker start >"$scratch/said"
running 2026.01.15 'started by hand'

# --- Stopped and killed ------------------------------------------------------------------------------------

# begun STEP: waits until the operation that began since the mark is at a step; its journal is in $journal.
begun() {
    for _ in $(seq 300); do
        journal=$(find state/operations -name journal.jsonl -newer "$scratch/mark" | head -1)
        [ -n "$journal" ] && grep -q "\"step\":\"$1\"" "$journal" && return
        sleep 0.05
    done
    return 1
}
touch "$scratch/mark" && sleep 0.1
"$recover" rollback 2026.01.14 --yes --json >"$scratch/json" 2>"$scratch/errors" &
begun health
kill -TERM $!
wait $!
status=$?
cp "$scratch/json" "$scratch/output"
if [ $status = 143 ]; then ok 'asked to stop while it looks, it goes all the way back: 143'; else fail 'asked to stop while it looks, it goes all the way back: 143' "exit code $status"; fi
running 2026.01.15 'stopped'
check 'and nothing is unfinished' sh -c "'$recover' resume --dry-run | grep -q 'nothing is unfinished'"

cp recover.yaml "$scratch/recover.yaml"
mkdir data/audit && echo first >data/audit/log
sed -i 's|^components:.*|components: {audit: {path: data/audit, append_only: true}}|' recover.yaml
check 'a snapshot of a log' "$recover" -q backup --tag 2026.01.15
docker exec -d "$(container api)" /busybox sh -c 'while true; do echo more >>/data/audit/log; /busybox sleep 0.01; done'
check 'it comes back' "$recover" -q restore --tag 2026.01.15 --confirm test
check 'with each line that was written until the writer stopped' cmp data/audit/log data/.recover-prev-*-audit/log
touch "$scratch/mark" && sleep 0.1
"$recover" restore --tag 2026.01.15 --confirm test >"$scratch/said" 2>&1 &
begun health
kill -KILL $!
wait $! 2>"$scratch/said"
mv repository away
expect 'without the repository it says how things are' 10 'services may be stopped' 'recover resume' -- "$recover" resume
mv away repository
plan=$(dirname "$journal")/plan.json
cp "$plan" "$scratch/plan" && : >"$plan"
expect 'without its plan, too' 1 'services may be stopped' -- "$recover" resume
cp "$scratch/plan" "$plan"
check 'with both it ends' "$recover" -q resume --forward
check 'and knows the way back' sh -c "tail -12 ops/release.log | grep -q 'data_rollback: yes'"
cp "$scratch/recover.yaml" recover.yaml
rm -rf data/audit data/.recover-prev-*

# --- Another schema --------------------------------------------------------------------------------------

sqlite3 data/p.db 'UPDATE alembic_version SET version_num = "0010"; ALTER TABLE notes ADD COLUMN score REAL'
json "$recover" rollback 2026.01.14 --yes
cp "$scratch/json" "$scratch/output"
check 'another schema wants a choice: 28' test "$(field '.exit_code, .errors[0].code' | xargs)" = '28 schema'
check 'which is named' grep -q 'data/p.db is at 0010, and was at 0009' "$scratch/json"
running 2026.01.15 'not chosen'
check 'data kept' "$recover" -q rollback 2026.01.14 --keep-data --yes
running 2026.01.14 'with the data of now'
check 'is as it was' test "$(sqlite3 data/p.db 'SELECT version_num FROM alembic_version')" = 0010
check 'forward again' "$recover" -q rollback 2026.01.15 --yes
expect 'data back wants the name of the stack' 26 -- "$recover" rollback 2026.01.14 --with-data --yes
check 'data back' "$recover" -q rollback 2026.01.14 --with-data --confirm test
running 2026.01.14 'with its data'
check 'is as it was then' test "$(sqlite3 data/p.db 'SELECT version_num FROM alembic_version')" = 0009
check 'what was written since is aside' test ! -e data/new.txt

# --- One service, flags ----------------------------------------------------------------------------------

check 'one service' "$recover" rollback 2026.01.15 --service worker --keep-data --yes
cp "$scratch/output" "$scratch/undo"
check 'runs the other TAG' test "$(served 1)" = 2026.01.15
check 'the others stay' test "$(served 0)$(served 2)" = 2026.01.142026.01.14
check 'and so does the TAG' grep -q '^TAG=2026.01.14$' .env
expect 'a service that is not there' 25 'no service wrker' worker -- "$recover" rollback 2026.01.15 --service wrker --yes
cp "$scratch/undo" "$scratch/output"
undone 'all the same again, as it said'
check 'it runs the TAG' test "$(served 1)" = 2026.01.14
sed -i "s/^FEATURE_CHAT=.*/FEATURE_CHAT=off # at night/" .env && up
before=$(container front)
expect 'flags only' 0 'set FEATURE_CHAT to on' -- "$recover" rollback 2026.01.14 --flags-only --dry-run
check 'flags back' "$recover" rollback 2026.01.14 --flags-only --yes
cp "$scratch/output" "$scratch/undo"
check 'are in the env file' grep -q "^FEATURE_CHAT=on # at night$" .env
check 'and in the container' sh -c "docker inspect --format '{{.Config.Env}}' $(container api) | grep -q FEATURE_CHAT=on"
check 'others are left alone' test "$(container front)" = "$before"
expect 'nothing to change' 25 'already' -- "$recover" rollback 2026.01.14 --flags-only --yes
expect 'a snapshot of another TAG' 25 'is not of TAG' -- "$recover" rollback 2026.01.14 --snapshot latest:2026.01.15 --yes
cp "$scratch/undo" "$scratch/output"
undone 'flags as they were, as it said'
check 'are as they were' grep -q "^FEATURE_CHAT=off # at night$" .env

# --- A second build on the same day -----------------------------------------------------------------------

old=$(id_of 2026.01.14)
echo 2026.01.14 >image/tag && docker build -q --no-cache -t app:2026.01.14 image >"$scratch/said"
check 'the name means another image' test "$(id_of 2026.01.14)" != "$old"
sed -i 's/^TAG=.*/TAG=2026.01.15/' .env && up && answers 0 2026.01.15
check 'back to what ran' "$recover" -q rollback 2026.01.14 --yes
check 'and not to what has its name' test "$(docker inspect --format '{{.Image}}' "$(container api)")" = "$old"
docker build -q --no-cache -t app:2026.01.14 image >"$scratch/said"
up && answers 0 2026.01.14
check 'a snapshot of the other build' "$recover" -q backup --tag 2026.01.14
other=$("$recover" rollback 2026.01.14 --dry-run | sed -n 's/.*built more than once.*: recover rollback 2026.01.14 --snapshot //p')
check 'the first build is named' test "$("$recover" show "$other" --json | jq -r '.data.deployment.services[] | select(.name == "api") | .containers[0].image_id')" = "$old"

# --- A snapshot that is called after another TAG ------------------------------------------------------------

sed -i 's/^TAG=.*/TAG=2026.01.14/' .env && up && answers 0 2026.01.14
expect 'it is said when it is taken' 0 tag-drift '2026.01.14 runs' -- "$recover" backup --tag 2026.01.13
expect 'and when it is restored' 0 'but 2026.01.14 ran when it was taken' -- "$recover" restore --tag 2026.01.13 --dry-run
expect 'its data is not that of the TAG' 28 'but 2026.01.14 ran' -- "$recover" rollback 2026.01.13 --with-data --confirm test
expect 'its images are not' 25 'but of 2026.01.14' -- "$recover" rollback 2026.01.13 --snapshot latest --yes
expect 'a rollback passes over it' 0 'it is passed over' -- "$recover" rollback 2026.01.13 --keep-data --yes
running 2026.01.13 'by the name of its images'

# --- Tags in the compose file ------------------------------------------------------------------------------

# No key says the TAG then.
sed -i '/^TAG=/d' .env
describe app:2026.01.14 && up && answers 0 2026.01.14
check 'a snapshot of tags in the file' "$recover" -q backup --tag 2026.01.14
describe app:2026.01.15 && up && answers 0 2026.01.15
cp compose.yml "$scratch/compose"
expect 'one that nobody knows' 25 'no snapshot says which images' 2026.01.15 -- "$recover" rollback 2026.01.16 --yes
expect 'nor for one service' 25 'which images of api ran' -- "$recover" rollback 2026.01.16 --service api --yes
expect 'nor what is no TAG' 64 '../x is no TAG' -- "$recover" rollback ../x --dry-run
running 2026.01.15 'refused'
json "$recover" rollback
cp "$scratch/json" "$scratch/output"
check 'what runs is not proposed' test "$(field '.data.proposal, (.data.tags[] | select(.running) | .tag)' | xargs)" = '2026.01.14 2026.01.15'
json "$recover" rollback 2026.01.14 --yes
cp "$scratch/json" "$scratch/output"
check 'a rollback' test "$(field .exit_code)" = 0
running 2026.01.14 'tags in the file'
check 'from the TAG that ran, in the record' sh -c "tail -20 ops/release.log | grep -q 'tag_prev: 2026.01.15'"
check 'which runs by its images' test "$("$recover" rollback --json | jq -r '.data.tags[] | select(.running) | .tag')" = 2026.01.14
check 'the file is the operator' cmp compose.yml "$scratch/compose"
expect 'and status says that it names something else' 0 'image-drift' 'app:2026.01.15 is' -- "$recover" status
expect 'what undoes it is said' 0 'the next up -d --build' -- "$recover" restore --snapshot latest:2026.01.14 --confirm test
running 2026.01.14 'and restored'
check 'their own up' up
running 2026.01.15 'brings the file back'

# An image that was built here and is gone is in the snapshot.
release_images 2026.01.12
describe app:2026.01.12 && up && answers 0 2026.01.12
cp recover.yaml "$scratch/recover.yaml"
echo 'images: {save: true}' >>recover.yaml
check 'a snapshot with the images of tags in the file' "$recover" -q backup --tag 2026.01.12
check 'which are pinned' sh -c "docker image ls --format '{{.Repository}}:{{.Tag}}' | grep -q '^recover-keep/test/api:2026.01.12_'"
describe app:2026.01.15 && up && answers 0 2026.01.15
gone=$(id_of 2026.01.12)
docker image ls --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}' | awk -v id="$gone" '$2 == id { print $1 }' |
    xargs docker rmi >"$scratch/said"
expect 'one that is gone, but saved' 28 'docker load -i DIR/' -- "$recover" rollback 2026.01.12 --yes
loading=$(sed -n 's/^.*Next: recover \(.*\), then the same again.*/\1/p' "$scratch/output")
check 'is loaded as it says' bash -c "'$recover' ${loading//DIR/$scratch/saved}"
check 'and runs' "$recover" -q rollback 2026.01.12 --yes
running 2026.01.12 'out of the snapshot'
docker tag app:2026.01.15 app && describe app && up && answers 0 2026.01.15
expect 'images without a tag are not kept, which is said' 0 'no image is kept or saved' -- "$recover" backup
cp "$scratch/recover.yaml" recover.yaml

# --- Commands instead of compose ------------------------------------------------------------------------------

plain=$scratch/plain
mkdir -p "$plain/data"
echo one >"$plain/data/a"
stack "$plain" <<YAML
components: {data: data}
stop:  [sh, -c, "echo stop >>calls; touch down"]
start: [sh, -c, "echo start >>calls; rm down; cp data/a served"]
hooks: {after_restore: [[sh, -c, "echo hook >>calls"]]}
health: {}
YAML
cd "$plain" || exit 1
"$recover" -q init >"$scratch/said" 2>&1
check 'a stack without compose' "$recover" -q backup
echo two >data/a
check 'is stopped and started' "$recover" -q restore --snapshot latest --confirm test
check 'in this order' test "$(xargs <calls)" = 'stop start hook'
check 'around its data' test "$(cat served)" = one

# Killed at its swap; what it had staged is lost, and cannot be had again.
check 'the library that kills' gcc -shared -fPIC -O1 -o "$scratch/kill.so" "$here/kill.c" -ldl
line=$(grep -n '"step":"swap"' state/operations/*/journal.jsonl | head -1 | cut -d: -f1)
echo three >data/a
{ LD_PRELOAD=$scratch/kill.so KILL_AT=$((line + 1)) "$recover" -q restore --snapshot latest --confirm test; } >"$scratch/said" 2>&1
echo four >>.recover-stage-*-data/a
mv repository "$scratch/away"
"$recover" resume >"$scratch/typed" 2>&1
check 'a rename that was only meant is not among what to type' sh -c "grep -q 'Next: .*recover resume' '$scratch/typed' && ! grep -q 'mv -T' '$scratch/typed'"
mv "$scratch/away" repository
mv repository/packs "$scratch/packs"
: >calls
expect 'what cannot go forward goes back: 21' 21 'as they were before' -- "$recover" resume --forward
mv "$scratch/packs" repository/packs
check 'and is started again' test "$(xargs <calls) $(cat served)" = 'stop start three'
check 'nothing is unfinished' sh -c "'$recover' resume --dry-run | grep -q 'nothing is unfinished'"

# What cannot be read now is in no snapshot, and none is said to hold it.
sqlite3 data/b.db 'CREATE TABLE t (a); INSERT INTO t SELECT hex(randomblob(50)) FROM generate_series(1, 2000)'
check 'a snapshot with a database' "$recover" -q backup
dd if=/dev/urandom of=data/b.db bs=4096 seek=2 count=5 conv=notrunc 2>"$scratch/said"
json "$recover" restore --snapshot latest --confirm test
cp "$scratch/json" "$scratch/output"
check 'a damaged database is replaced' test "$(field .exit_code)" = 0
check 'both safety snapshots are said to lack it' test "$(field '[.warnings[] | select(.code == "safety-incomplete")] | length')" = 2
check 'in the record, too' sh -c "tail -12 ops/release.log | grep -q 'holds what could be read of'"

# What is asked for and not answered keeps nobody from the way back.
cat >>recover.yaml <<YAML
gate: {retry: 1s, interval: 1s}
YAML
sed -i "s|^health: .*|health: {gateway: \"http://127.0.0.1:${ports[0]}/gone\"}|" recover.yaml
expect 'a question that had no answer before is not waited for: 21' 21 'healthy but for gateway, as before' -- \
    "$recover" restore --snapshot latest --confirm test
check 'and nothing is unfinished then' sh -c "'$recover' resume --dry-run | grep -q 'nothing is unfinished'"

# Versions that are here are not made again.
mkdir narrow source && head -c 3000000 /dev/urandom >source/model.bin
check 'a small file system' mount -t tmpfs -o size=5m tmpfs narrow
mkdir narrow/models
sed -i 's|^health: .*|health: {}|; s|^components:.*|components: {data: data, models: {versions: narrow/models}}|' recover.yaml
check 'a model' "$recover" -q models publish source --version 202601140900 --activate --yes
check 'a snapshot with it' "$recover" -q backup
check 'a model that is here needs no room beside itself' "$recover" -q restore --snapshot latest --confirm test
umount narrow
finish
