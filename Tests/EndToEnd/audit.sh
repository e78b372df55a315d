#!/usr/bin/env bash
# One verdict, and every trap that a machine can see, on a stack that has them.
. "$(dirname "$0")/support.sh"

# found NAME CODE [COMPONENT]: the last audit has a finding of that code.
found() {
    check "$1" jq -e --arg code "$2" --arg component "${3:-}" '
        [.errors[], .warnings[]] | any(.code == $code and ($component == "" or .component == $component))' \
        "$scratch/json"
}
missing() {
    check "$1" jq -e --arg code "$2" '[.errors[], .warnings[]] | all(.code != $code)' "$scratch/json"
}

home=$scratch/stack
mkdir -p "$home/data/memory" "$home/models" "$home/ops"
sqlite3 "$home/data/memory/project.db" >/dev/null <<'SQL'
PRAGMA journal_mode = WAL; CREATE TABLE t(x);
WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO t SELECT i FROM n;
SQL
sqlite3 "$home/data/security.db" "CREATE TABLE users(name); INSERT INTO users VALUES ('a');"
for number in $(seq 20); do echo "note $number" >"$home/data/memory/$number.txt"; done
cat >"$home/compose.yaml" <<YAML
services:
  predictor:
    image: predictor:\${TAG}
    volumes: ["./models/current:/models/current:ro"]
  memory-api:
    image: memory-api:\${TAG}
    volumes: ["./data/memory:/data"]
YAML
printf 'TAG=2026.01.14\n' >"$home/.env"
chmod 600 "$home/.env"
configure() {
    stack "$home" <<YAML
compose: {files: [compose.yaml], env_file: .env}
components:
  memory: $home/data/memory
  rbac: $home/data/security.db
  models: {versions: $home/models, zone: UTC}
release: {log: ops/release.log}
$1
YAML
}
configure ''
cd "$home" || exit 1
"$recover" -q init >"$scratch/output" 2>&1

# --- A stack that has no backup ----------------------------------------------------------------

json "$recover" audit
check 'without a snapshot nothing comes back' sh -c "test '$(field .data.verdict)' = 'NOT RECOVERABLE' && test '$(field .exit_code)' = 27"
expect 'which is said' 27 'FATAL' 'no whole snapshot' 'Next: recover backup' -- "$recover" audit

# --- A stack of which all is well --------------------------------------------------------------

mkdir -p "$home/models/202601140210"
echo weights >"$home/models/202601140210/model.bin"
touch "$home/models/202601140210/_SUCCESS"
TZ=UTC touch -d '2026-01-14 02:10:30' "$home/models/202601140210"/* "$home/models/202601140210"
ln -s 202601140210 "$home/models/current"
sed -i 's#./models/current:/models/current:ro#./models:/models:ro#' compose.yaml
for _ in 1 2; do "$recover" -q backup; done
"$recover" -q verify --all
configure 'audit: {accept: [same-disk, no-drill]}'
json "$recover" audit
check 'a stack with all that it needs is recoverable' sh -c "test '$(field .data.verdict)' = RECOVERABLE && test '$(field .exit_code)' = 0"
found 'what was accepted is still named' same-disk
expect 'and counts where nothing may' 3 'RECOVERABLE' '[same-disk]' -- "$recover" audit --strict
configure ''
json "$recover" audit
check 'not accepted, they are risks' sh -c "test '$(field .data.verdict)' = 'AT RISK' && test '$(field .exit_code)' = 27"
found 'the repository beside the data' same-disk
found 'a restore that nobody practised' no-drill

# --- Its traps ---------------------------------------------------------------------------------

mkdir -p "$home/data/memory/backups"
tar -C "$home" -czf "$home/data/memory/backups/manual-20260114.tar.gz" data/memory/project.db
cp "$home/data/security.db" "$home/data/security.db.backup"
: >"$home/data/export-20260114-021000.tar.gz"
echo x >"$home/release.log"
echo y >"$home/ops/release.log"
chmod 644 "$home/.env"
chmod 755 "$home/repository"
sed -i 's#./models:/models:ro#./models/current:/models/current:ro#' compose.yaml
mkdir "$home/models/202601141110" && echo more >"$home/models/202601141110/model.bin"
touch "$home/models/202601141110/_SUCCESS"
TZ=UTC touch -d '2026-01-14 02:10:30' "$home/models/202601141110"/* "$home/models/202601141110"
mkdir -p "$home/uploads" && sqlite3 "$home/uploads/other.db" 'CREATE TABLE t(x)'
sed -i 's#"./data/memory:/data"#"./data/memory:/data", "./uploads:/uploads"#' compose.yaml
json "$recover" audit
found '1: copies named by the day' day-named-copies
check 'and not one with a time of day' sh -c "! grep -q 'export-20260114-021000' '$scratch/json'"
found '1: a copy of one generation' one-generation
found '2: raw copies of live databases' raw-database-copies
check 'both the archive and the copy' sh -c "jq -r '.errors[] | select(.code == \"raw-database-copies\").message' '$scratch/json' | grep 'manual-20260114.tar.gz' | grep -q 'security.db.backup'"
found '5: the link mounted by itself' link-mounted models
found '6: two clocks for model folders' model-clock models
found '10: two release logs' two-release-logs
found 'data in no component' uncovered
found 'an env file that others can read' permissions
check 'a repository that others can look into' sh -c "jq -r '.errors[] | select(.code == \"permissions\").message' '$scratch/json' | grep -q 'the repository'"
chmod 700 "$home/repository"
chmod 600 "$home/.env"

sqlite3 "$home/data/memory/project.db" 'DELETE FROM t WHERE x > 100'
good=$("$recover" list --ids | tail -1)
"$recover" -q backup >/dev/null 2>&1
json "$recover" audit
found '13: a backup that shrank' shrunk memory
check 'its message has the numbers' sh -c "grep -q 'from 500 to 100 rows' '$scratch/json'"
check 'and the last good one is pinned' sh -c "'$recover' list --json | jq -e '.data.snapshots[] | select(.id == \"$good\") | .standing.pinned | length == 1'"

# --- Live files --------------------------------------------------------------------------------

missing 'live files are read only when asked' live-differs
touch -r "$home/data/memory/3.txt" "$scratch/time"
printf 'nOte 3\n' >"$home/data/memory/3.txt"
touch -r "$scratch/time" "$home/data/memory/3.txt"
json "$recover" audit --live
found 'bytes that changed behind everybody' live-differs memory
check 'with the name' grep -q '3.txt' "$scratch/json"

# --- Git ---------------------------------------------------------------------------------------

if command -v git >/dev/null; then
    git init -q . && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x && git tag 2026.01.14
    "$recover" -q audit >/dev/null 2>&1
    missing 'a tag that is there' git-tag-gone
    git tag -d 2026.01.14 >/dev/null
    json "$recover" audit
    found 'a tag that is gone' git-tag-gone
fi

# --- Damage ------------------------------------------------------------------------------------

pack=$(find repository/packs -type f -size +0 | head -1)
mv "$pack" "$scratch/pack"
json "$recover" audit
check 'a pack that is gone is damage' sh -c "test '$(field .exit_code)' = 20"
found 'and named' damage
cp recover.yaml "$scratch/recover.yaml"
sed -i '/^audit:/d' recover.yaml
echo 'audit: {accept: [damage]}' >>recover.yaml
json "$recover" audit
check 'which nobody can accept' sh -c "test '$(field .exit_code)' = 20"
found 'so that it is named still' damage
cp "$scratch/recover.yaml" recover.yaml
mv "$scratch/pack" "$pack"
mv repository/packs "$scratch/packs"
mkdir repository/packs
json "$recover" audit
check 'without any pack nothing comes back' \
    sh -c "test '$(field '[.data.verdict, .exit_code] | join(" ")')' = 'NOT RECOVERABLE 20'"
rmdir repository/packs
mv "$scratch/packs" repository/packs
rm -rf "$home/repository"
json "$recover" audit
check 'without a repository nothing comes back' sh -c "test '$(field .data.verdict)' = 'NOT RECOVERABLE'"

# --- File systems ------------------------------------------------------------------------------

if can_mount; then
    cat >"$scratch/weak.sh" <<'SH'
mkdir -p "$1/weak/memory"
mount -t tmpfs tmpfs "$1/weak"
mkdir -p "$1/weak/memory" && echo x >"$1/weak/memory/x"
cd "$1/weak" && printf 'version: 1\nstack: weak\nrepository: repository\nstate: state\ncomponents: {memory: memory}\n' >recover.yaml
{ "$2" -q init && "$2" -q backup; } >/dev/null 2>&1
"$2" audit --json
SH
    with_mounts sh "$scratch/weak.sh" "$scratch" "$recover" >"$scratch/json" 2>"$scratch/output"
    found '7: a weak file system' weak-file-system memory
else
    skip '7: a weak file system' 'needs mounts'
fi

# --- A server that keeps archives of its own -----------------------------------------------------

server=$here/../QdrantServer
if "$server/install" >"$scratch/output" 2>&1; then
    "$server/start" --storage "$scratch/qdrant.storage" >"$scratch/server" 2>"$scratch/server.errors" &
    children+=($!)
    for _ in $(seq 200); do [ -s "$scratch/server" ] && break; sleep 0.05; done
    url=$(jq -r .url "$scratch/server")
    "$server/fill.py" "$url" create notes --points 50 --dimensions 8 >"$scratch/output" 2>&1
    mkdir "$scratch/vectors"
    stack "$scratch/vectors" <<<"components: {vectors: {qdrant: \"$url\"}}"
    cd "$scratch/vectors" || exit 1
    "$recover" -q init >"$scratch/output" 2>&1
    "$recover" -q backup
    json "$recover" audit
    missing 'a server without archives of its own' server-archives
    "$here/qdrant.py" ask POST "$url/collections/notes/snapshots" >"$scratch/output" 2>&1
    json "$recover" audit
    found '3: snapshots left inside the volume of the server' server-archives vectors
    check 'points are counted' sh -c "'$recover' status --json | jq -e '.data.components[0] | .items == 50 and .unit == \"points\"'"
else
    fail 'the test server is installed' "$(tail -1 "$scratch/output")"
fi

# --- One TAG, two images -------------------------------------------------------------------------

. "$here/docker.bash"
need_daemon 'one TAG, two images'
twice=$scratch/twice
mkdir -p "$twice/image" "$twice/memory"
echo x >"$twice/memory/x"
printf '#!/busybox sh\nwhile :; do /busybox sleep 1000; done\n' >"$twice/image/service"
chmod +x "$twice/image/service"
printf 'FROM scratch\nCOPY busybox /\nCOPY service /\nENTRYPOINT ["/service"]\n' >"$twice/image/Dockerfile"
printf 'version: "2.4"\nservices:\n  api: {image: "backend:${TAG}", network_mode: host}\n' >"$twice/compose.yml"
echo 'TAG=2026.01.14' >"$twice/.env"
stack "$twice" <<YAML
compose: {files: [compose.yml], env_file: .env}
components: {memory: memory}
YAML
cd "$twice" || exit 1
"$recover" -q init >"$scratch/output" 2>&1
check 'an image' scratch_image backend:2026.01.14 "$twice/image"
"$recover" -q backup >"$scratch/output" 2>&1
json "$recover" audit
missing 'one TAG, one image' tag-two-images
echo '# another build of the same day' >>"$twice/image/service"
check 'another one of the same TAG' scratch_image backend:2026.01.14 "$twice/image"
"$recover" -q backup >"$scratch/output" 2>&1
json "$recover" audit
found '4: one TAG, two images' tag-two-images
finish
