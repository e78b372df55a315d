# shellcheck shell=bash
# A stack on a real engine that was upgraded: three services at 2026.01.15 with a database, users, a
# model link and a Qdrant, and a snapshot of them at 2026.01.14. Comes after support.sh and docker.bash,
# when the daemon runs; leaves the shell in $home.
#
# A function `prepare` may change the stack before it comes up.
# Where with_vector is set Qdrant is a service of the stack, too: `vector` hands on to the server.
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
mapfile -t ports < <(free_ports 4)
cd "$home" || exit 1

storage=$scratch/storage
# start_server PORT CONTROL: Qdrant itself; its addresses are in $direct and $control.
start_server() {
    : >"$scratch/line"
    "$server/start" --storage "$storage" --port "$1" --control-port "$2" --version-string 1.18.3 \
        >"$scratch/line" 2>>"$scratch/server-errors" &
    server_pid=$!
    children+=("$server_pid")
    for _ in $(seq 200); do [ -s "$scratch/line" ] && break; sleep 0.05; done
    direct=$(jq -r .url "$scratch/line") control=$(jq -r .control "$scratch/line")
    url=$direct
    [ -z "${with_vector:-}" ] || url=http://127.0.0.1:${ports[3]}
}
again() { start_server "${direct##*:}" "${control##*:}"; }
start_server 0 0

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
if [ -n "${with_vector:-}" ]; then
    release_images vector
    docker tag app:vector qdrant/qdrant:v1.18.3
    cat >>"$home/compose.yml" <<YAML
  vector:
    image: qdrant/qdrant:v1.18.3
    network_mode: host
    stop_signal: SIGKILL
    environment: {NAME: vector, PORT: "${ports[3]}", BEHIND: "${direct##*:}"}
YAML
fi
secret=$(head -c 24 /dev/urandom | base64 | tr -d '+/=\n')
cat >"$home/.env" <<ENV
# of the stack
TAG=2026.01.14
JWT_SECRET_KEY=$secret
FEATURE_CHAT=on
ENV
chmod 640 "$home/.env"

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
YAML
}
configuration
sql() { sqlite3 "$1" "$2"; }
sql data/projects/p.db 'PRAGMA journal_mode=wal; CREATE TABLE turns(id INTEGER PRIMARY KEY, text);
    CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ("0009");
    INSERT INTO turns(text) SELECT hex(randomblob(20)) FROM generate_series(1, 500)' >"$scratch/said"
sql data/rbac/security.db 'CREATE TABLE users(name TEXT PRIMARY KEY, role TEXT); INSERT INTO users VALUES ("mina", "admin"), ("jun", "reader")'
echo 'first notes' >data/projects/notes.txt
"$recover" -q init >"$scratch/said" 2>&1
head -c 100000 /dev/urandom >source/model.bin
"$recover" -q models publish source --version 202601140900 --activate --yes >"$scratch/said" 2>&1
# Not by way of the stack: it is asked also while that is down.
ask() { python3 "$here/restored.py" ask "$@"; }
fill() { "$server/fill.py" "$direct" "$@" >"$scratch/filled" 2>&1 || fail "fill $*" "$(tail -1 "$scratch/filled")"; }
fill create docs --points 300 --dimensions 8
fill create plain --points 200 --dimensions 8
ask POST "$direct/collections/aliases" '{"actions":[{"create_alias":{"alias_name":"current","collection_name":"docs"}}]}' >"$scratch/said"

# content: every row, file, link and point of the live stack, as text.
content() {
    local file name
    for file in data/projects/*.db data/rbac/*.db; do echo "$file" && sqlite3 "$file" .dump; done
    (cd data/projects && find . -type f ! -name '*.db*' -exec sha256sum {} + | sort)
    # Other versions than the one in use stay, whatever is restored.
    (cd models && readlink current && find current/ -type f -exec sha256sum {} + | sort)
    for name in current plain; do echo "$name" && python3 "$here/restored.py" state "$direct" "$(ask GET "$direct/aliases" | jq -r --arg n "$name" '([.aliases[] | select(.alias_name == $n).collection_name] + [$n])[0]')"; done
    grep -v '^#' .env
}

! declare -F prepare >/dev/null || prepare

check 'the stack at 2026.01.14 is up' up
check 'and answers' answers 0 2026.01.14
check 'a snapshot of it' "$recover" -q backup --tag 2026.01.14
chosen 'by the compose that was chosen'
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
    if diff "$scratch/content-$which" "$scratch/now" >"$scratch/output"; then ok "$name: every row, file, link and point"; else fail "$name: every row, file, link and point" "other than at $which"; fi
    if diff "$scratch/images-$which" "$scratch/images-now" >"$scratch/output"; then ok "$name: every image"; else fail "$name: every image" "other than at $which"; fi
    check "$name: it answers" answers 0 "2026.01.$which"
}

# Where something is still staged, aside, or noted.
left() {
    find "$home" -path "$home/repository" -prune -o \
        \( -name '.recover-stage-*' -o -name '.recover-prev-*' -o -name '.recover-env*' \) -print
    python3 "$here/restored.py" left "$direct"
    find state -maxdepth 1 -name '*server-restore*' -printf '%f\n'
}
