#!/usr/bin/env bash
# What can be replaced: mount points, single files, volumes, links, other file systems; and what has to
# survive it. Every target comes back by way of a recovery of data and TAG. Starts a Docker daemon of its
# own and stops it again.
. "$(dirname "$0")/support.sh"
. "$here/docker.bash"
. "$here/release.bash"
need_daemon 'targets of recoveries'
home=$scratch/stack
mounts=()
trap 'stop_daemon; for place in "${mounts[@]}"; do umount -l "$place" 2>/dev/null; done; clean' EXIT
mkdir -p "$home"/{image,mode,data/{mounted,single,base,kept/cache,owned/deep,logs,nested/inner}} "$scratch/other"
release_images 2026.01.14 2026.01.15
mapfile -t ports < <(free_ports 2)
cd "$home" || exit 1
for place in "$home/data/mounted" "$scratch/other"; do
    check "a file system at ${place#"$scratch"/}" mount -t tmpfs -o size=64m tmpfs "$place"
    mounts+=("$place")
done
mkdir "$scratch/other/behind" && ln -s "$scratch/other/behind" data/linked

cat >compose.yml <<YAML
version: "2.4"
services:
  api:
    image: app:\${TAG}
    network_mode: host
    stop_signal: SIGKILL
    environment: {NAME: api, PORT: "${ports[0]}"}
    volumes:
      - ./data:/data
      - ./mode:/mode:ro
      - ./data/mounted:/mounted
      - ./data/linked:/linked
      - ./data/single/users.db:/users.db
      - notes:/notes
  front:
    image: app:\${TAG}
    network_mode: host
    stop_signal: SIGKILL
    environment: {NAME: front, PORT: "${ports[1]}"}
    volumes: ["./mode:/mode:ro", "notes:/notes"]
volumes:
  notes: {}
YAML
echo TAG=2026.01.14 >.env
configuration() {
    stack "$home" <<YAML
compose: {files: [compose.yml], env_file: .env}
hold: ${1:-1h}
components:
  mounted: data/mounted
  linked:  data/linked
  single:  data/single/users.db
  notes:   {volume: notes}
  base:    data/base
  kept:    {path: data/kept, exclude: [cache, "*.tmp"]}
  owned:   data/owned
  logs:    {path: data/logs, append_only: true}
health: {api: {url: "http://127.0.0.1:${ports[0]}/cgi-bin/health", expect: {json: {status: healthy}}}}
gate: {retry: 5s, interval: 1s}
YAML
}
configuration

# rows FILE TEXT: a database with a log that nobody has folded in.
rows() {
    python3 - "$1" "$2" <<'PY'
import os, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.executescript("PRAGMA journal_mode=wal; PRAGMA wal_autocheckpoint=0; CREATE TABLE IF NOT EXISTS rows (text)")
for number in range(50):
    database.execute("INSERT INTO rows VALUES (?)", (f"{sys.argv[2]} {number}",))
os._exit(0)
PY
}
content() { sqlite3 "$1" "SELECT count(*), min(text), max(text) FROM rows"; }

# --- At 2026.01.14 ---------------------------------------------------------------------------------

"$recover" -q init >"$scratch/said" 2>&1
# A file that is mounted alone has to be there first.
rows data/single/users.db fourteen
check 'up' up
check 'it answers' answers 0 2026.01.14
volume=$(docker volume inspect --format '{{.Mountpoint}}' recover-test_notes)
for place in data/mounted data/linked "$volume" data/kept; do
    mkdir -p "$place/deep"
    echo "$place at 14" >"$place/file"
    echo 'deep at 14' >"$place/deep/file"
    echo 'gone at 15' >"$place/gone"
done
rows data/base/b.db fourteen
echo 'cache at 14' >data/kept/cache/file
# Owners, modes, ACLs, attributes and times of files, folders and links.
echo 'mine' >data/owned/file && echo 'deep' >data/owned/deep/file && ln -s file data/owned/link
chown 1234:5678 data/owned/file && chown -h 77:88 data/owned/link && chown 4321:8765 data/owned/deep data/owned
chmod 4750 data/owned/file && chmod 1731 data/owned/deep && chmod 2750 data/owned
setfacl -m u:999:rw,g:998:r data/owned/deep/file && setfacl -d -m u:997:rwx data/owned/deep
setfattr -n user.origin -v 'at 14' data/owned/file && setfattr -n user.folder -v 'at 14' data/owned/deep
setfattr -n trusted.mark -v 'at 14' data/owned/deep/file
touch -h -d '2020-02-03 04:05:06.789' data/owned/link data/owned/file data/owned/deep/file data/owned/deep data/owned
printf 'first\nsecond\n' >data/logs/grown
printf 'one\ntwo\n' >data/logs/turned
check 'a snapshot' "$recover" -q backup --tag 2026.01.14
mkdir "$scratch/then"
for place in mounted linked/. base kept owned; do mkdir -p "$scratch/then/${place%/.}" && cp -a "data/$place/." "$scratch/then/${place%/.}"; done
cp -a data/owned/. "$scratch/then/owned" && touch -r data/owned "$scratch/then/owned"
cp -a "$volume" "$scratch/then/notes"
cp data/logs/turned "$scratch/then/turned"

# --- At 2026.01.15 ---------------------------------------------------------------------------------

sed -i 's/=.*/=2026.01.15/' .env
check 'up again' up
check 'the next answers' answers 0 2026.01.15
for place in data/mounted data/linked "$volume" data/kept; do
    echo "$place at 15" >"$place/file"
    rm "$place/gone"
    echo 'new at 15' >"$place/deep/new"
done
rows data/single/users.db fifteen
rows data/base/b.db fifteen
rows data/base/new.db fifteen
check 'logs that nobody has folded in lie beside databases' test -s data/base/b.db-wal -a -s data/single/users.db-wal
echo 'cache at 15' >data/kept/cache/file && echo 'draft' >data/kept/deep/a.tmp
mkdir -p data/kept/cache/more && echo 'more' >data/kept/cache/more/file
kept_inode=$(stat -c %i data/kept/cache/file)
chown -R 0:0 data/owned && chmod -R 777 data/owned && setfacl -R -b -k data/owned && setfattr -x user.origin data/owned/file
echo 'turned' >data/logs/turned
docker exec -d "$(container api)" /busybox sh -c 'while true; do echo more >>/data/logs/grown; /busybox sleep 0.01; done'
docker pause "$(container front)" >"$scratch/said"
for _ in $(seq 50); do [ "$(wc -l <data/logs/grown)" -gt 10 ] && break; sleep 0.1; done
lines=$(wc -l <data/logs/grown)
link=$(readlink data/linked) mounted=$(stat -c %d:%i data/mounted)

# partly COMPONENT…: a snapshot of these alone, in $partly.
partly() {
    json "$recover" backup "$@"
    cp "$scratch/errors" "$scratch/output"
    partly=$(field .data.snapshot)
    check "a snapshot of $*" test "$(field .exit_code)" = 0
}

# --- A mount inside of a target ------------------------------------------------------------------------

cp recover.yaml "$scratch/recover.yaml"
check 'a file system inside of a target' mount -t tmpfs tmpfs data/nested/inner
mounts+=("$home/data/nested/inner")
sed -i 's|^  base: .*|  nested: data/nested|' recover.yaml
partly nested
before=$(docker ps -a --no-trunc --format '{{.ID}} {{.State}}' | sort)
expect 'it would be left behind: 23, and nothing stops' 23 'data/nested/inner' 'a mount of its own' -- \
    "$recover" restore --snapshot "$partly" --confirm test nested
check 'nothing was touched' test "$before" = "$(docker ps -a --no-trunc --format '{{.ID}} {{.State}}' | sort)"
umount data/nested/inner
cp "$scratch/recover.yaml" recover.yaml
touch data/bound && mount --bind data/single/users.db data/bound && mounts+=("$home/data/bound")
sed -i 's|^  base: .*|  bound: data/bound|' recover.yaml
partly bound
expect 'so is a single file that is one: 23' 23 'data/bound' 'a mount of its own' -- \
    "$recover" restore --snapshot "$partly" --confirm test bound
check 'nothing was touched' test "$before" = "$(docker ps -a --no-trunc --format '{{.ID}} {{.State}}' | sort)"
umount data/bound
cp "$scratch/recover.yaml" recover.yaml

# Each of two would fit beside what is there, both do not.
mkdir data/narrow
check 'a small file system' mount -t tmpfs -o size=5m tmpfs data/narrow
mounts+=("$home/data/narrow")
mkdir data/narrow/{one,two} && for name in one two; do head -c 1500000 /dev/urandom >data/narrow/$name/file; done
sed -i 's|^  base: .*|  one: data/narrow/one\n  two: data/narrow/two|' recover.yaml
partly one two
rm data/narrow/*/file && head -c 2500000 /dev/zero >data/narrow/filler
expect 'what has no room together: 23' 23 'one, two together need' -- "$recover" restore --snapshot "$partly" --confirm test one two
check 'nothing was touched' test "$before" = "$(docker ps -a --no-trunc --format '{{.ID}} {{.State}}' | sort)"
check 'each alone has room' "$recover" -q restore --snapshot "$partly" --data-only --confirm test one
umount data/narrow
cp "$scratch/recover.yaml" recover.yaml

# --- All of them at once -------------------------------------------------------------------------------

first=$("$recover" list --json | jq -r '[.data.snapshots[] | select(.tag == "2026.01.14")][0].id')
json "$recover" restore --snapshot "$first" --confirm test
code=$?
cp "$scratch/errors" "$scratch/output"
if [ $code = 0 ]; then ok 'all come back'; else fail 'all come back' "exit code $code"; fi
echo "measured: down for $(field .data.downtime_seconds) s"
check 'at the TAG of then' answers 0 2026.01.14
operation=$(field .operation)

# Its own times are those of the change; what was live lies in it.
check 'a mount point: what it holds' test "$(cd "$scratch/then/mounted" && ls && cat file gone)" = "$(cd data/mounted && ls && cat file gone)"
check 'with what is below it' compare "$scratch/then/mounted/deep" data/mounted/deep --without xattrs
check 'and it is still one' mountpoint -q data/mounted
check 'the same' test "$mounted" = "$(stat -c %d:%i data/mounted)"
check 'which the container sees' test "$(docker exec "$(container api)" /busybox cat /mounted/file)" = 'data/mounted at 14'
check 'what was there lies inside of it' grep -qx 'data/mounted at 15' "data/mounted/.recover-prev-$operation-mounted/file"

check 'a single file: its rows' test "$(content data/single/users.db)" = '50|fourteen 0|fourteen 9'
check 'no log of another lies beside it' test ! -e data/single/users.db-wal
check 'the container sees the new file' test "$(docker exec "$(container api)" /busybox sha256sum </dev/null /users.db | cut -c1-64)" = "$(sha256sum data/single/users.db | cut -c1-64)"

check 'a volume: what it holds' compare "$scratch/then/notes" "$volume"
check 'which the container sees' test "$(docker exec "$(container api)" /busybox cat /notes/deep/file)" = 'deep at 14'

check 'a link: what it leads to, on another file system' compare "$scratch/then/linked" "$scratch/other/behind" --without xattrs
check 'it is the link of before' test "$(readlink data/linked)" = "$link"
check 'the container sees behind it' test "$(docker exec "$(container api)" /busybox cat /linked/file)" = 'data/linked at 14'
check 'what was there stays on that file system' grep -qx 'data/linked at 15' "$scratch/other/.recover-prev-$operation-linked/file"
check 'none of it is beside the link' sh -c '! ls -A data | grep -q linked.*recover'

check 'a database with a log: its rows' test "$(content data/base/b.db)" = '50|fourteen 0|fourteen 9'
check 'without a log of another' test ! -s data/base/b.db-wal
check 'and without those of later' test ! -e data/base/new.db
check 'the log went aside with its database' test "$(content "data/.recover-prev-$operation-base/b.db")" = '100|fifteen 0|fourteen 9'

check 'excluded files stay: as they are now' test "$(cat data/kept/cache/file data/kept/deep/a.tmp data/kept/cache/more/file | xargs)" = 'cache at 15 draft more'
check 'the very files' test "$(stat -c %i data/kept/cache/file)" = "$kept_inode"
check 'what is captured is that of then' test "$(cat data/kept/file data/kept/gone | xargs)" = 'data/kept at 14 gone at 15'
check 'what came later is aside' test ! -e data/kept/deep/new -a -e "data/.recover-prev-$operation-kept/deep/new"

check 'owners, modes, ACLs, attributes, times' compare "$scratch/then/owned" data/owned
check 'as getfacl sees them' sh -c "(cd '$scratch/then/owned' && getfacl -Rnp . 2>/dev/null | grep -v '^#') >'$scratch/a' && (cd data/owned && getfacl -Rnp . 2>/dev/null | grep -v '^#') | diff '$scratch/a' -"
check 'ACLs were there to be seen' grep -q 'user:999:rw-' "$scratch/a"

check "a log that grew keeps each line: $lines before it, $(wc -l <data/logs/grown) now" test "$(wc -l <data/logs/grown)" -ge "$lines"
check 'up to the last one that was written' cmp data/logs/grown "data/.recover-prev-$operation-logs/grown"
check 'one that begins otherwise comes back' cmp data/logs/turned "$scratch/then/turned"

check 'what was held still is held still again' test "$(docker ps -a --filter label=com.docker.compose.service=front --format '{{.State}}')" = paused
check 'with the image of the TAG' test "$(docker inspect --format '{{.Image}}' "$(docker ps -aqf label=com.docker.compose.service=front)")" = "$(id_of 2026.01.14)"
check 'nothing is staged any more' sh -c "! find '$home/data' '$volume/..' '$scratch/other' -name '.recover-stage-*' | grep ."

# --- Back by a gate that fails ---------------------------------------------------------------------------

inventory() { for place in data/mounted "$volume" "$scratch/other/behind" data/single data/base data/kept data/owned data/logs; do find "$place" -name '.recover-prev-*' -prune -o -printf '%p %y %m %U:%G %s %l\n' | sort; done; content data/single/users.db; content data/base/b.db; getfacl -Rnp data/owned 2>/dev/null; }
docker unpause "$(container front)" >"$scratch/said"
sed -i 's/=.*/=2026.01.15/' .env
check 'up once more' up
check 'the next answers again' answers 0 2026.01.15
docker pause "$(container front)" >"$scratch/said"
for place in data/mounted data/linked "$volume" data/kept; do echo "changed once more" >"$place/file"; done
inventory >"$scratch/inventory"
echo crash >mode/2026.01.14
sleep 0.1
json "$recover" restore --snapshot "$first" --confirm test
code=$?
rm mode/2026.01.14
cp "$scratch/errors" "$scratch/output"
if [ $code = 21 ]; then ok 'a gate that fails: 21'; else fail 'a gate that fails: 21' "exit code $code"; fi
check 'the TAG of before answers' answers 0 2026.01.15
inventory | diff "$scratch/inventory" - >"$scratch/output"
if [ ! -s "$scratch/output" ]; then ok 'every target is as it was'; else fail 'every target is as it was' 'it is not'; fi
check 'what was held still is held still again' test "$(docker ps -a --filter label=com.docker.compose.service=front --format '{{.State}}')" = paused

# --- What is held goes in time -----------------------------------------------------------------------------

configuration 1s
rm -rf data/.recover-prev-* data/*/.recover-prev-* "$volume"/.recover-prev-* "$scratch"/other/.recover-prev-*
json "$recover" restore --snapshot "$first" --confirm test
operation=$(field .operation)
aside() { find "$home/data" "$volume/.." "$scratch/other" -name ".recover-prev-$operation-*" | sed 's/.*-//' | sort | xargs; }
check 'what was live is kept' test "$(aside)" = 'base kept linked logs mounted notes owned single'
echo 'in no snapshot' >"data/.recover-prev-$operation-kept/only-here"
sleep 1.5
json "$recover" backup
cp "$scratch/json" "$scratch/output"
check 'it goes after its time' test "$(aside)" = kept
check 'but for what is in no snapshot, which is said' jq -e '[.warnings[] | select(.code == "held" and .component == "kept") | .message | contains("only-here is in no snapshot")] == [true]' "$scratch/json"
rm "data/.recover-prev-$operation-kept/only-here"
check 'a later run looks again' "$recover" -q backup
check 'and lets it go' test -z "$(aside)"

# Whoever mounts a volume writes to it, also where somebody has named others.
echo 'quiesce: [api]' >>recover.yaml
expect 'a service that mounts a volume stops beside those that are named' 0 'stop api, front' -- \
    "$recover" restore --snapshot "$first" --dry-run notes
finish
