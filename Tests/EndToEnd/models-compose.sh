#!/usr/bin/env bash
# Switches of models under real containers: a predictor that loads its model when it starts, one
# that mounts the link itself, and a canary. Starts a Docker daemon of its own and stops it again.
. "$(dirname "$0")/support.sh"

. "$here/docker.bash"
need_daemon 'models under real containers'

# --- The stack -------------------------------------------------------------------------------

home=$scratch/stack
models=$home/models
mkdir -p "$home/image" "$home/source" "$models"
# A predictor loads its model once, when it starts; without one it lives and answers 503.
cat >"$home/image/predictor" <<'SH'
#!/busybox sh
/busybox mkdir -p /www/cgi-bin /loaded
if [ -s "$MODEL/model.bin" ]; then /busybox cp "$MODEL/version" /loaded/version; fi
exec /busybox httpd -f -p "127.0.0.1:$PORT" -h /www
SH
cat >"$home/image/health" <<'SH'
#!/busybox sh
if [ -e /loaded/version ]; then
    printf 'Content-Type: application/json\r\n\r\n{"status":"healthy","model":{"version":"%s"}}' "$(/busybox cat /loaded/version)"
else
    printf 'Status: 503 Service Unavailable\r\nContent-Type: application/json\r\n\r\n{"status":"no model"}'
fi
SH
chmod +x "$home/image"/*
cat >"$home/image/Dockerfile" <<'DOCKER'
FROM scratch
COPY busybox predictor /
COPY health /www/cgi-bin/health
ENTRYPOINT ["/predictor"]
DOCKER
check 'an image from scratch' scratch_image predictor "$home/image"

mapfile -t ports < <(free_ports 3)
cat >"$home/compose.yml" <<YAML
version: "2.4"
services:
  predictor:
    image: predictor
    network_mode: host
    stop_signal: SIGKILL
    environment: {MODEL: /models/current, PORT: "${ports[0]}"}
    volumes: ["./models:/models:ro"]
  pinned:
    image: predictor
    network_mode: host
    stop_signal: SIGKILL
    environment: {MODEL: /model, PORT: "${ports[1]}"}
    volumes: ["./models/current:/model:ro"]
  canary:
    image: predictor
    network_mode: host
    stop_signal: SIGKILL
    environment: {MODEL: "/models/\${MODEL_VERSION:-none}", PORT: "${ports[2]}"}
    volumes: ["./models:/models:ro"]
YAML
stack "$home" <<YAML
compose: {files: [$home/compose.yml]}
components:
  models: {versions: $models, zone: Asia/Seoul}
YAML
cd "$home" || exit 1
"$recover" -q init >"$scratch/said" 2>&1
url() { echo "http://127.0.0.1:${ports[$1]}/cgi-bin/health"; }
served() { python3 -c 'import json,sys,urllib.request as u; print(json.load(u.urlopen(sys.argv[1]))["model"]["version"])' "$(url "$1")" 2>&1; }

# publish VERSION BYTES [WORD…]: an empty model.bin is one that no predictor can load.
publish() {
    local version=$1 bytes=$2
    shift 2
    head -c "$bytes" /dev/urandom >source/model.bin
    echo "$version" >source/version
    "$recover" models publish source --version "$version" "$@"
}

# --- A predictor that is made anew -----------------------------------------------------------
health=(--health "$(url 0)" --expect-version model.version --timeout 20s)
check 'the first version' publish 202601100900 1000
expect 'the first switch starts the predictor' 0 'names 202601100900' -- \
    "$recover" models switch 202601100900 -y --service predictor "${health[@]}"
check 'which serves it' test "$(served 0)" = 202601100900
first=$(container predictor)
started=$SECONDS
expect 'a publication activates the next' 0 'names 202601110900' -- \
    publish 202601110900 1000 --activate --service predictor "${health[@]}"
usual=$((SECONDS - started))
check 'in a new container' test -n "$(container predictor)" -a "$(container predictor)" != "$first"
check 'which serves the next' test "$(served 0)" = 202601110900

started=$SECONDS
expect 'a bad one is taken back with 21' 21 'answers 503' 'names 202601110900, as before' \
    'service predictor was made anew with it and is healthy' -- \
    publish 202601120900 0 --activate --service predictor "${health[@]:0:4}" --timeout 4s
took=$((SECONDS - started))
# The service is made anew twice, and asked for 4 s in between.
check "within the time for it: $took s, a good one took $usual s" test "$took" -le $((4 + 2 * usual + 4))
check 'the link is as before' test "$(readlink models/current)" = 202601110900
check 'the predictor serves the version before' test "$(served 0)" = 202601110900
check 'the journal says so' sh -c "tail -1 models/.recover/journal.jsonl |
    jq -e '.outcome == \"reverted\" and .from == \"202601110900\" and .to == \"202601120900\" and (.why | contains(\"503\"))'"
expect 'and recover log' 0 reverted 503 -- "$recover" log
expect 'a rollback makes it anew, too' 0 'names 202601100900' -- \
    "$recover" models rollback -y --service predictor "${health[@]}"
check 'and the version before is served' test "$(served 0)" = 202601100900
expect 'a service that is not there is refused' 25 'no service predicter' 'predictor' -- \
    "$recover" models switch 202601110900 -y --service predicter
check 'before anything moves' test "$(readlink models/current)" = 202601100900

# --- One that mounts the link itself ---------------------------------------------------------
check 'a service that mounts the link' compose -f compose.yml up -d pinned
for _ in $(seq 50); do [ "$(served 1)" = 202601100900 ] && break; sleep 0.1; done
check 'serves what the link named' test "$(served 1)" = 202601100900
expect 'a switch says that it goes stale' 0 'service pinned mounts the link itself' '--service pinned' -- \
    "$recover" models switch 202601110900 -y
check 'what it mounts is the version before' test "$(docker exec "$(container pinned)" /busybox cat /model/version)" = 202601100900
json "$recover" models switch 202601100900 -y
check 'as the document says' test "$(field '.data.stale_services | join(",")')" = pinned
expect 'made anew it follows' 0 'names 202601110900' -- "$recover" models switch 202601110900 -y \
    --service pinned --health "$(url 1)" --expect-version model.version --timeout 6s
check 'and serves the version in use' test "$(served 1)" = 202601110900
check 'without a warning' sh -c "! grep -q stale-mount '$scratch/output'"

# --- A canary --------------------------------------------------------------------------------
canary=(--canary canary --canary-health "$(url 2)")
lines=$(wc -l <models/.recover/journal.jsonl)
expect 'a canary refuses a bad version' 21 'not healthy in service canary' 'the link was not touched' -- \
    "$recover" models switch 202601120900 -y "${canary[@]}" --timeout 3s
check 'the link is as before' test "$(readlink models/current)" = 202601110900
check 'no switch is in the journal' test "$(wc -l <models/.recover/journal.jsonl)" = "$lines"
check 'and the canary is stopped' test -z "$(container canary)"
expect 'it lets a good one through' 0 'names 202601100900' -- \
    "$recover" models switch 202601100900 -y "${canary[@]}" --service predictor "${health[@]}"
check 'the predictor serves it' test "$(served 0)" = 202601100900
check 'and the canary is stopped again' test -z "$(container canary)"
finish
