#!/usr/bin/env bash
# What runs is part of every snapshot: compose files, images, containers, TAG, git, schemas; and no
# value of an env file ever leaves it. Starts a Docker daemon of its own and stops it again.
. "$(dirname "$0")/support.sh"
. "$here/docker.bash"
need_daemon 'snapshots of what runs'

# --- The stack -------------------------------------------------------------------------------

home=$scratch/stack
mkdir -p "$home/image" "$home/memory"
cat >"$home/image/service" <<'SH'
#!/busybox sh
trap 'exit 0' TERM
/busybox mkdir -p /www/api
echo '{"status":"healthy"}' >/www/health
[ -z "${PORT:-}" ] || /busybox httpd -p "127.0.0.1:$PORT" -h /www
while :; do /busybox sleep 1000 & wait $!; done
SH
chmod +x "$home/image/service"
cat >"$home/image/Dockerfile" <<'DOCKER'
FROM scratch
COPY busybox /
COPY service /
ARG VERSION
LABEL version=$VERSION
ENTRYPOINT ["/service"]
DOCKER
check 'images from scratch' scratch_image backend:2026.01.14 "$home/image"
docker tag backend:2026.01.14 db:1

secret() { head -c 18 /dev/urandom | base64 | tr -d '+/=' | head -c 20; }
secrets=()
for _ in 1 2 3 4; do secrets+=("$(secret)x$RANDOM"); done
mapfile -t ports < <(free_ports 2)
cd "$home" || exit 1
cat >compose.yml <<YAML
version: "2.4"
services:
  api:
    image: backend:\${TAG}
    network_mode: host
    environment: {API_KEY: "\${API_KEY}", FEATURE_CHAT: "\${FEATURE_CHAT}", PORT: "${ports[0]}"}
    env_file: [service.env]
    volumes: ["./memory:/data"]
    depends_on: [db]
    restart: unless-stopped
    healthcheck: {test: ["CMD", "/busybox", "wget", "-q", "-O", "-", "http://127.0.0.1:${ports[0]}/health"], interval: 1s, timeout: 2s, retries: 20}
  worker:
    image: backend:\${TAG}
    network_mode: host
    environment: ["JWT=\${JWT_SECRET_KEY}"]
  db:
    image: db:1
    network_mode: host
YAML
cat >compose.override.yml <<YAML
version: "2.4"
services:
  worker: {restart: always}
YAML
cat >.env <<ENV
# The stack's.
TAG=2026.01.14
API_KEY=${secrets[0]}
JWT_SECRET_KEY="${secrets[1]} with words"
FEATURE_CHAT=on
EMPTY=
ENV
echo "OTHER_TOKEN=${secrets[2]}" >service.env
chmod 600 .env service.env
sqlite3 memory/notes.db 'CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ("0010");
    CREATE TABLE notes (text); INSERT INTO notes VALUES ("one"); PRAGMA user_version = 7'
git init -q . && git add compose.yml compose.override.yml && git -c user.name=t -c user.email=t@t commit -qm first

configuration() {
    stack "$home" <<YAML
compose: {files: [compose.yml, compose.override.yml], env_file: .env}
components:
  memory: memory
${1:-}
YAML
}
configuration
"$recover" -q init >"$scratch/said" 2>&1

up() { compose -f compose.yml -f compose.override.yml --env-file .env up -d --no-build "$@"; }
check 'the stack is up' up
healthy() { [ "$(docker inspect --format '{{.State.Health.Status}}' "$(container api)")" = healthy ]; }
for _ in $(seq 100); do healthy && break; sleep 0.1; done
check 'and healthy' healthy
docker stop -t 1 "$(container worker)" >/dev/null

# --- What is kept ----------------------------------------------------------------------------

json "$recover" backup
check 'a backup keeps what runs' test "$(field '.data.components | map(.name) | join(",")')" = deployment,memory
check 'and is complete' test "$(field .data.complete)" = true
json "$recover" show
record() { field ".data.deployment | $1"; }
is() { check "$1" test "$(record "$2")" = "$3"; }
image=$(docker image inspect --format '{{.Id}}' backend:2026.01.14)
chosen 'by the compose that was chosen'
is 'the project of the labels' '"\(.project.name) \(.project.origin)"' 'recover-test labels'
is 'the TAG' '"\(.tag.key)=\(.tag.value) \(.tag.services | join(",")) \(.tag.literal_services | join(","))"' 'TAG=2026.01.14 api,worker db'
is 'the images by name, tag and id' '.services[] | select(.name == "api") | "\(.image) \(.tag) \(.image_id)"' "backend:2026.01.14 2026.01.14 $image"
is 'the state of each container' '.services | map(.containers[0] | "\(.service) \(.state) \(.health) \(.restart_count) \(.restart_policy)") | join(";")' \
    'api running healthy 0 unless-stopped;db running null 0 no;worker exited null 0 always'
is 'both compose files, in order' '.files | map(.path) | join(",")' "$home/compose.yml,$home/compose.override.yml"
is 'the keys of the env file' '.environment_files[0].keys | map(.name) | join(",")' API_KEY,EMPTY,FEATURE_CHAT,JWT_SECRET_KEY,TAG
is 'of which flags alone are in clear' '[.environment_files[].keys[] | select(.value) | "\(.name)=\(.value)"] | join(",")' FEATURE_CHAT=on
is 'the flags of the containers' '.services[0].containers[0].features | tostring' '{"FEATURE_CHAT":"on"}'
is 'the revisions of the schema' '.schemas[0] | "\(.component)/\(.path) \(.alembic) \(.user_version)"' 'memory/notes.db 0010 7'
is 'the commit' '"\(.git.head) \(.git.dirty)"' "$(git rev-parse HEAD) false"
is 'nothing that could not be found out' '.problems | length' 0
first=$(field .data.id)
expect 'a person can read it' 0 'project recover-test' 'TAG=2026.01.14' 'worker: backend:2026.01.14' 'schema memory/notes.db: 0010' -- "$recover" show
check 'the fingerprint key is ours alone' test "$(stat -c %a state/fingerprint.key)" = 600
check 'it comes back' "$recover" restore --snapshot "$first" --to "$scratch/back"
check 'with the compose files' cmp compose.yml "$scratch/back/deployment/compose/1-compose.yml"
check 'and the overrides' cmp compose.override.yml "$scratch/back/deployment/compose/2-compose.override.yml"
check 'and no env file' sh -c "! ls '$scratch/back/deployment' | grep -q env"
check 'a restore in place leaves it out' "$recover" restore --snapshot "$first" --data-only --confirm test

# --- What changes ----------------------------------------------------------------------------

before=$(record '.environment_files[0].keys[] | select(.name == "API_KEY").fingerprint')
echo "API_KEY=${secrets[3]}" >>.env
echo '# a word' >>compose.yml
json "$recover" backup memory
json "$recover" show "$(field .data.snapshot)"
check 'a changed value has another fingerprint' test "$(record '.environment_files[0].keys[] | select(.name == "API_KEY").fingerprint')" != "$before"
is 'of the same key' '.fingerprint_key | length' 16
is 'a work tree with changes is dirty' .git.dirty true

# --- Before and after a deployment -----------------------------------------------------------

sed 's/=.*/=/' .env >.env.sample
cat >>recover.yaml <<YAML
health: {api: {url: "http://127.0.0.1:${ports[0]}/health", expect: {json: {status: healthy}}}}
smoke: ["http://127.0.0.1:${ports[0]}/health"]
gate: {retry: 2s, interval: 1s}
preflight: {disk: {warn: 2MB, fail: 1MB}}
YAML
docker start "$(docker ps -aqf label=com.docker.compose.service=worker)" >/dev/null
verdict() { field "[.data.checks[] | select(.name == \"$1\" and (.subject // \"\") == \"${2:-}\") | .verdict] | join(\",\")"; }
checked() { check "$1" test "$(verdict "$2" "${4:-}")" = "$3"; }
json "$recover" preflight
check 'before a deployment nothing fails' test "$(field .exit_code)" = 0
checked 'the keys of the sample are there' env.keys PASS
checked 'an empty one that the sample leaves empty is none' env.empty PASS
checked 'compose likes its files' compose.valid PASS
checked 'the old program is warned about' compose.version "$(case $compose_version in 1.*) echo WARN ;; *) echo PASS ;; esac)"
checked 'images are here' image PASS api
checked 'the api has a health check' healthcheck PASS api
checked 'the worker none' healthcheck WARN worker
checked 'restart: always would start what is stopped' restart WARN worker
checked 'the TAG has a form' tag PASS
checked 'the work tree has changes' git WARN
check 'as its script says' env RECOVER="$recover" "$here/../../scripts/validate_env.sh" .env
expect 'a TAG of no form fails' 23 'TAG=latest is not' -- sh -c "sed 's/^TAG=.*/TAG=latest/' .env >.env.next; exec '$recover' preflight --env-file .env.next"
expect 'so does one without an image' 23 'backend:2026.02.01 is not here' -- sh -c "sed 's/^TAG=.*/TAG=2026.02.01/' .env >.env.next; exec '$recover' preflight --env-file .env.next"
expect 'and a missing key, by name' 23 'missing: JWT_SECRET_KEY' -- sh -c "grep -v '^JWT' .env >.env.next; exec '$recover' preflight --env-file .env.next"
expect 'and an env file that is not there' 23 '.env.gone is not there' -- "$recover" preflight --env-file .env.gone
cp compose.yml compose.kept
# shellcheck disable=SC2016 # Compose is to replace it.
sed -i 's/^  db:/  db:\n    volumes: ["${API_KEY}:\/x:${API_KEY}:y:z"]/' compose.yml
expect 'what compose refuses is said' 23 'compose.valid' -- "$recover" preflight
cp "$scratch/output" "$scratch/refused"
check 'without the value in it' sh -c "! grep -qF -- '${secrets[3]}' '$scratch/refused' && grep -qF '***' '$scratch/refused'"
cp compose.kept compose.yml
# Another holds a port that a service wants.
sed -i "s/^  db:/  held:\n    image: db:1\n    ports: [\"${ports[1]}:80\"]\n  db:/" compose.yml
python3 -c "
import http.server; http.server.HTTPServer(('127.0.0.1', ${ports[1]}), http.server.SimpleHTTPRequestHandler).serve_forever()" 2>/dev/null &
children+=($!)
for _ in $(seq 50); do (exec 3<>"/dev/tcp/127.0.0.1/${ports[1]}") 2>/dev/null && break; sleep 0.1; done
expect 'a port that a stranger holds' 23 "${ports[1]} is held by python3" -- "$recover" preflight
kill "${children[-1]}"
cp compose.kept compose.yml
expect 'a stack that runs is not made anew' 0 'not tried: 3 containers run' -- "$recover" preflight --create
mkdir dry && cp compose.yml compose.override.yml .env service.env .env.sample dry && sed "s|$home|$home/dry|; /^components/,/^  memory/d" recover.yaml >dry/recover.yaml
chmod 644 dry/recover.yaml && mkdir -p dry/memory
expect 'a dry run makes no containers' 0 'not tried: this is a dry run' -- \
    env COMPOSE_PROJECT_NAME=dry "$recover" -c dry/recover.yaml preflight --create --dry-run
check 'none at all' test -z "$(docker ps -aq --filter label=com.docker.compose.project=dry)"
expect 'compose can make the containers of one that is down' 0 'all containers could be made' -- \
    env COMPOSE_PROJECT_NAME=dry "$recover" -c dry/recover.yaml preflight --create
check 'and starts none' test "$(docker ps -aq --filter label=com.docker.compose.project=dry | wc -l) $(docker ps -q --filter label=com.docker.compose.project=dry | wc -l)" = '3 0'
docker ps -aq --filter label=com.docker.compose.project=dry | xargs docker rm -f >/dev/null

expect 'a healthy stack' 0 'container api: running, healthy' 'http api' -- "$recover" health
check 'as its script says' env RECOVER="$recover" "$here/../../scripts/health_check_all.sh"
expect 'answers smoke' 0 OK -- "$recover" smoke
expect 'and the checklist' 0 'snapshot' 'time' -- "$recover" checklist
sed -i 's/status: healthy/status: good/' recover.yaml
expect 'a wrong body is not healthy' 1 'status is healthy, not good' -- "$recover" health
sed -i 's/status: good/status: healthy/' recover.yaml
docker kill "$(container api)" >/dev/null
docker stop -t 0 "$(container worker)" >/dev/null
expect 'services that are down' 1 'container api' 'container worker' 'http api' -- "$recover" health --explain
check 'are explained in order' test "$(grep '^[1-5]\. ' "$scratch/output" | cut -c1 | tr -d '\n')" = 12345
docker start "$(docker ps -aqf label=com.docker.compose.service=api)" "$(docker ps -aqf label=com.docker.compose.service=worker)" >/dev/null
for _ in $(seq 100); do healthy && break; sleep 0.1; done
# A watch sees a service go.
"$recover" health --watch 1s >"$scratch/watched" 2>&1 &
watch=$!
sleep 3
docker pause "$(container worker)" >/dev/null
sleep 6
kill -INT $watch
wait $watch
check 'a watch sees one go' grep -q 'FAIL  container worker: paused' "$scratch/watched"
docker unpause "$(container worker)" >/dev/null
configuration

# --- A broken engine -------------------------------------------------------------------------

expect 'without an engine a backup is whole' 0 'nothing is known of containers' -- \
    env DOCKER_HOST="unix://$scratch/nothing" "$recover" backup
json "$recover" show
is 'and holds what the files say' '"\(.tag.value) \(.files | length) \(.services | length) \(.engine_version)"' '2026.01.14 2 3 null'
expect 'nor without a compose program' 0 'neither docker compose nor docker-compose' -- \
    env PATH=/nowhere "$recover" backup
mv .env .env.away
expect 'a missing env file is said' 0 '.env' -- "$recover" backup --tag 2026.01.14
mv .env.away .env

# --- Services that hold still ----------------------------------------------------------------

configuration 'backup: {pause: [worker, db]}
hooks: {before_backup: []}'
paused() { docker ps -q --filter status=paused --filter label=com.docker.compose.project=recover-test | wc -l; }
# How long they hold still can be seen from outside: a watcher of the engine's own events.
docker events --filter event=pause --filter event=unpause --format '{{.Action}} {{index .Actor.Attributes "com.docker.compose.service"}}' >"$scratch/events" 2>/dev/null &
children+=($!)
sleep 0.5
expect 'named services hold still' 0 'held still for' -- "$recover" backup
check 'and go on' test "$(paused)" = 0
sleep 0.5
check 'each of them once' test "$(sort "$scratch/events" | tr -d ' ' | tr '\n' ' ')" = 'pausedb pauseworker unpausedb unpauseworker '
# A run that is killed while they are paused: the next one lets them go on.
head -c 200M /dev/zero | tr '\0' 'x' >memory/large
"$recover" -q backup --reread >/dev/null 2>&1 &
killed=$!
for _ in $(seq 500); do [ "$(paused)" = 2 ] && break; sleep 0.02; done
check 'both are paused' test "$(paused)" = 2
kill -9 $killed
wait $killed 2>/dev/null
check 'a killed run leaves them so' test "$(paused)" = 2
rm memory/large
configuration
expect 'and the next lets them go on' 0 'they go on now' -- "$recover" backup memory
check 'both of them' test "$(paused)" = 0
check 'without a note' test ! -e state/paused.json

# --- Volumes ---------------------------------------------------------------------------------

docker volume create recover-test_notes --label com.docker.compose.project=recover-test --label com.docker.compose.volume=notes >/dev/null
volume=$(docker volume inspect --format '{{.Mountpoint}}' recover-test_notes)
sqlite3 "$volume/v.db" 'CREATE TABLE t (x); INSERT INTO t VALUES (1)'
configuration '  notes: {volume: notes}'
expect 'a volume is a component' 0 'notes: 1 files, 1 databases' -- "$recover" backup
check 'it comes back' "$recover" restore --snapshot latest notes --to "$scratch/volume"
check 'as it was' test "$(sqlite3 "$scratch/volume/notes/v.db" 'SELECT x FROM t')" = 1
sqlite3 "$volume/v.db" 'UPDATE t SET x = 2'
check 'in place, too' "$recover" restore --snapshot latest notes --data-only --confirm test
check 'where it was' test "$(sqlite3 "$volume/v.db" 'SELECT x FROM t')" = 1
configuration '  gone: {volume: gone}'
expect 'a volume that is not there is a failure' 3 'there is no volume gone' -- "$recover" backup

# --- Images ----------------------------------------------------------------------------------

configuration 'images: {save: true, keep: 2}'
image_bytes() { docker image inspect --format '{{.Size}}' backend:2026.01.14; }
json "$recover" backup
first_bytes=$(field .data.added_bytes)
check "images are saved: $first_bytes bytes of $(image_bytes)" test "$first_bytes" -gt $(($(image_bytes) / 4))
json "$recover" backup
check 'the same images cost nothing' test "$(field .data.added_bytes)" -lt 40000
echo "# built anew" >>image/service
docker build -q -t backend:2026.01.14 image >/dev/null
docker rm -f "$(container api)" >/dev/null && up >/dev/null 2>&1
json "$recover" backup
again_bytes=$(field .data.added_bytes)
check "one that was built anew costs its changed layers: $again_bytes bytes" test "$again_bytes" -lt $((first_bytes / 10))
check 'they come back' "$recover" restore --snapshot latest deployment --to "$scratch/images"
wanted=$(docker image inspect --format '{{.Id}}' backend:2026.01.14)
docker ps -aq | xargs docker rm -f >/dev/null
docker images -q | sort -u | xargs docker rmi -f >/dev/null 2>&1
check 'and load' sh -c "docker load -q -i '$scratch/images/deployment/images/'*.tar"
check 'with name and id' test "$(docker image inspect --format '{{.Id}}' backend:2026.01.14)" = "$wanted"
pins() { docker image ls --format '{{.Repository}}:{{.Tag}}' | grep "^recover-keep/test/api:" | sed 's/.*://; s/_.*//' | sort -u | tr '\n' ' '; }
for day in 15 16 17; do
    docker tag backend:2026.01.14 "backend:2026.01.$day"
    sed -i "s/^TAG=.*/TAG=2026.01.$day/" .env
    "$recover" -q backup memory 2>/dev/null
done
check 'the images of the last TAGs are pinned' test "$(pins)" = '2026.01.16 2026.01.17 '
sed -i 's/^TAG=.*/TAG=2026.01.14/' .env
configuration

# --- A name that is taken --------------------------------------------------------------------

cp recover.yaml kept.yaml
sed -i 's/^  memory: memory/  deployment: memory/' recover.yaml
expect 'no component of ours can be called so' 78 'what runs' -- "$recover" config show
cp kept.yaml recover.yaml

# --- Secrets ---------------------------------------------------------------------------------

said=$scratch/everything
mkdir -p "$said"
cp "$scratch/refused" "$scratch/watched" "$said"
for words in 'preflight' 'health --explain' 'checklist --json' 'backup -v' 'backup --json' 'backup --reread --log-format json' 'show' 'show --json' list 'log' \
    'manifest --json' 'config show' 'diff latest'; do
    # shellcheck disable=SC2086
    "$recover" $words >"$said/${words// /-}.out" 2>"$said/${words// /-}.err"
done
strace -f -qq -s 100000 -e trace=execve -o "$said/arguments" "$recover" backup >"$said/traced.out" 2>"$said/traced.err"
check 'programs were seen' grep -q '"inspect"' "$said/arguments"
check 'and git' grep -q '"rev-parse"' "$said/arguments"
# Every chunk of every pack, unpacked.
plain=$scratch/plain
mkdir -p "$plain"
for pack in repository/packs/*/*.tar repository/meta/*/*.tar; do
    mkdir -p "$plain/$(basename "$pack")" && tar xf "$pack" -C "$plain/$(basename "$pack")"
done
find "$plain" -name '*.zst' -exec zstd -q -d --rm {} +
check 'chunks were unpacked' sh -c "grep -rqa recover-deployment/1 '$plain'"
"$recover" -q restore --snapshot "$first" --to "$scratch/once-more"
places=("$said" "$plain" repository state "$scratch/back" "$scratch/once-more")
found=0
for value in "${secrets[@]}"; do
    grep -rqaF -- "$value" "${places[@]}" && { found=$((found + 1)); grep -rlaF -- "$value" "${places[@]}" | head -3; }
done
check "none of ${#secrets[@]} secret values is anywhere" test "$found" = 0
check 'the search itself finds what is there' grep -rqaF -- 'FEATURE_CHAT' "$plain"

# --- Env files that are to be kept -----------------------------------------------------------

configuration 'secrets: store'
expect 'env files are kept on request, with a warning' 0 'secrets-stored' -- "$recover" backup
check 'they come back' "$recover" restore --tag 2026.01.14 --to "$scratch/whole"
check 'as they were' cmp .env "$scratch/whole/deployment/env/1-.env"
check 'for the owner alone' test "$(stat -c %a "$scratch/whole/deployment/env/1-.env")" = 600
check 'and those of services' cmp service.env "$scratch/whole/deployment/env/2-service.env"
finish
