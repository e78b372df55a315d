#!/usr/bin/env bash
# What goes wrong in real life: each with its exit code, a message that names the thing, and
# nothing lost.
. "$(dirname "$0")/support.sh"

# --- The command line and the configuration -------------------------------------------------

home=$scratch/stack
mkdir -p "$home/memory" "$home/weights"
echo 'a note' >"$home/memory/note.txt"
components="components:
  memory: $home/memory"
stack "$home" <<<"$components"
cd "$home" || exit 1

expect 'an unknown verb names the nearest' 64 'backup' -- "$recover" bakcup
expect 'an unknown option names the nearest' 64 '--reason' -- "$recover" backup --reson nightly
expect 'a wrong choice names the choices' 64 'pre-migration' -- "$recover" backup --reason sometimes
expect 'a restore needs to know what' 64 '--snapshot' -- "$recover" restore --to "$scratch/x"
expect 'backup without a repository' 10 'recover init' "$home/repository" -- "$recover" backup
expect 'restore without a repository' 10 'recover init' -- "$recover" restore --snapshot latest --to "$scratch/x"
check 'a backup never makes a repository' test ! -e "$home/repository"
expect 'no configuration anywhere' 78 'no recover.yaml' 'recover init' -- \
    sh -c "cd / && '$recover' backup"
mkdir "$scratch/gone"
expect 'a working folder that was removed' 78 'no recover.yaml' 'recover init' -- \
    sh -c "cd '$scratch/gone' && rmdir '$scratch/gone' && timeout -k 1 10 '$recover' backup"
expect 'a configuration that is not there' 78 'nowhere.yaml' -- "$recover" backup -c nowhere.yaml

wrong() {
    printf '%s\n' "$2" >"$home/wrong.yaml"
    local name=$1
    shift 2
    expect "$name" 78 wrong.yaml "$@" -- "$recover" backup -c wrong.yaml
}
wrong 'an unknown key: line, column, nearest name' $'version: 1\nstack: test\nrepositry: /tmp' '3:1' 'repository'
wrong 'not YAML' $'version: 1\nstack: [test' '2'
wrong 'a missing key' $'version: 1\nstack: test' 'repository'
wrong 'an exclude that means to keep' $'version: 1\nstack: test\nrepository: r\nexclude: ["*.log", "!keep.log"]' '4:20' "'!'"
wrong 'a version of the future' $'version: 9\nstack: test\nrepository: r' 'version'
wrong 'a secret in clear' $'version: 1\nstack: test\nrepository: r\nnotify: {teams: "https://example.com/hook"}' 'env:'

cp recover.yaml open.yaml && chmod 666 open.yaml
expect 'a configuration that others can write' 78 'open.yaml' 'written by others' 'chmod go-w' -- \
    "$recover" backup -c open.yaml
if [ "$(id -u)" = 0 ]; then
    cp recover.yaml foreign.yaml && chown 1234 foreign.yaml
    expect 'a configuration of somebody else' 78 'foreign.yaml' 'belongs to user 1234' -- \
        "$recover" backup -c foreign.yaml
else
    skip 'a configuration of somebody else' 'needs root'
fi

# --- Sources --------------------------------------------------------------------------------

"$recover" -q init >"$scratch/said" 2>&1
check 'init sees the components of a written configuration' sh -c "! grep no-components '$scratch/said'"
expect 'an unknown component names the nearest' 25 'no component memroy' 'memory' -- "$recover" backup memroy
rm "$home/memory/note.txt"
expect 'an empty folder is a warning' 0 'memory' '[empty]' -- "$recover" backup
expect 'and 3 under --strict' 3 '[empty]' -- "$recover" backup --strict
echo 'a note' >"$home/memory/note.txt"
"$recover" -q backup --tag good || fail 'a good snapshot'
mkdir "$home/blobs" linked && echo blob >"$home/blobs/sha256-1" && ln -s ../blobs/sha256-1 linked/a.gguf
echo plain >linked/b.gguf
mkdir by-link && stack "$PWD/by-link" <<<"components:
  one: $home/linked/a.gguf
  all: $home/linked/*.gguf"
"$recover" -q -c by-link/recover.yaml init >"$scratch/said" 2>&1
expect 'a link among files of a pattern is not what it leads to' 3 'all' 'a.gguf: it leads to' '[link-outside]' -- \
    "$recover" -c by-link/recover.yaml backup
"$recover" -q -c by-link/recover.yaml restore --snapshot latest --to "$scratch/by-link" one
check 'a component that is a link is the file that it leads to' cmp "$home/blobs/sha256-1" "$scratch/by-link/one/sha256-1"
rm -r linked blobs
mv memory away
expect 'the only source is gone' 1 'memory' 'No such file' 'no snapshot was published' -- "$recover" backup
mv away memory

variant() { stack "$home" <<<"$components"$'\n'"$1"; }
variant "  weights: $home/weights/*.gguf"
expect 'a pattern that nothing matches' 3 'weights' 'nothing matches' 'INCOMPLETE' -- "$recover" backup
variant "  gone: $home/gone"
expect 'one source of two is gone' 3 'gone' 'No such file' 'OK  memory' 'INCOMPLETE' -- "$recover" backup
json "$recover" backup
check 'the document says which and why' jq -e '.ok == false and .exit_code == 3
    and (.data.components | map({(.name): .complete}) | add == {gone: false, memory: true})
    and (.warnings | any(.component == "gone" and .code == "failed"))' "$scratch/json"
expect 'latest is the newest whole snapshot' 0 'every byte proven' -- \
    "$recover" restore --snapshot latest --to "$scratch/latest"
mkfifo "$home/pipe"
variant "  pipe: $home/pipe"
expect 'a source that is a pipe' 3 'pipe' 'neither file nor folder' -- timeout 20 "$recover" backup
variant "  grafana: {volume: grafana-data}"
expect 'a volume that nobody knows' 3 'volume grafana-data cannot be found' 'FAIL  grafana' 'OK  memory' -- "$recover" backup
variant "  db: {postgres: {service: db}}"
expect 'a kind that is not supported yet is said' 0 'db' '[unsupported]' -- "$recover" backup
variant "  qdrant: {qdrant: \"http://localhost:1\"}"
expect 'a server that does not answer' 3 'FAIL  qdrant' 'no connection from http://localhost:1' 'OK  memory' 'INCOMPLETE' -- \
    "$recover" backup
variant "  qdrant: {qdrant: \"http://localhost:1\", api_key: \"env:NO_SUCH_KEY\"}"
expect 'a key that is not there' 3 'FAIL  qdrant' 'NO_SUCH_KEY is not set' 'OK  memory' -- "$recover" backup
variant "  qdrant: {qdrant: \"http://localhost:1\"}"
expect 'a number of retries that is none' 3 'QDRANT_MAX_RETRIES is often' -- \
    env QDRANT_MAX_RETRIES=often "$recover" backup

stack "$home" <<<"$components"
echo 'TOKEN=s3cr3t-value' >"$home/memory/.env"
printf -- '-----BEGIN PRIVATE KEY-----\ns3cr3t-value\n' >"$home/memory/server.pem"
expect 'secrets in a component are refused' 3 '.env' 'server.pem' 'secrets: store' '[secret]' -- "$recover" backup
check 'and are nowhere in the repository' sh -c "! grep -rq s3cr3t-value '$home/repository'"
echo 'secrets: store' >>recover.yaml
expect 'unless they are to be stored' 0 'OK backup' -- "$recover" backup
sleep 2.1
"$recover" -q backup || fail 'a snapshot that knows the secrets'
stack "$home" <<<"$components"
expect 'and no longer once they are not' 3 '.env' 'server.pem' '[secret]' -- "$recover" backup
rm "$home/memory/.env" "$home/memory/server.pem"
stack "$home" <<<"$components"

closed=$scratch/closed
mkdir -p "$closed/memory/locked"
echo open >"$closed/memory/open.txt"
echo shut >"$closed/memory/shut.txt"
echo hidden >"$closed/memory/locked/hidden.txt"
stack "$closed" <<<"components: {memory: $closed/memory}"
chmod 600 "$closed/memory/shut.txt"
chmod 700 "$closed/memory/locked"
if [ "$(id -u)" = 0 ]; then
    mkdir "$closed/repository" "$closed/state"
    chown 65534:65534 "$closed/repository" "$closed/state"
else
    chmod 000 "$closed/memory/shut.txt" "$closed/memory/locked"
fi
unprivileged "$recover" -q -c "$closed/recover.yaml" init >"$scratch/said" 2>&1 || fail 'init without rights'
expect 'what cannot be read makes the snapshot incomplete' 3 'shut.txt' 'locked' 'Permission denied' \
    'INCOMPLETE' -- unprivileged "$recover" -c "$closed/recover.yaml" backup

# --- Standard output ------------------------------------------------------------------------

lost() {
    local name=$1
    shift
    expect "$name, on a full disk" 1 'standard output cannot be written: No space left' \
        -- sh -c '"$0" "$@" >/dev/full' "$recover" "$@"
    expect "$name, to a closed descriptor" 1 'standard output cannot be written: Bad file' \
        -- sh -c '"$0" "$@" >&-' "$recover" "$@"
}
lost 'a list that nobody gets' list
lost 'a document that nobody gets' list --json
check 'a help page that nobody gets' sh -c "! '$recover' help >/dev/full"
before=$(find repository/snapshots -type f | wc -l)
lost 'a backup that nobody hears of' backup
check 'is there all the same' test "$(find repository/snapshots -type f | wc -l)" = $((before + 2))
expect 'and what it would have said is on standard error' 1 'did its work: OK backup test' \
    -- sh -c '"$0" backup >/dev/full' "$recover"
sh -c "'$recover' backup <&- >&- 2>&-"
check 'no file of ours takes the place of a closed standard output' test ! -s state/lock

# --- The state and the lock -----------------------------------------------------------------

flock "$home/state/lock" sleep 30 &
holder=$!
children+=("$holder")
while flock --nonblock "$home/state/lock" true; do sleep 0.05; done
started=$SECONDS
expect 'another run holds the lock' 11 'another run of this stack' '--lock-wait' -- \
    "$recover" backup --lock-wait 1s
check 'and is not waited for longer' test $((SECONDS - started)) -lt 6
pkill -P "$holder" 2>/dev/null
kill "$holder" 2>/dev/null
wait "$holder" 2>/dev/null
# What a link leads to by then is replaced, and not what it led to when that was planned.
moved=$scratch/moved
mkdir -p "$moved"/{one,two} && ln -s one "$moved/data" && echo kept >"$moved/one/a"
stack "$moved" <<<"components: {data: $moved/data}"
"$recover" -q -c "$moved/recover.yaml" init >"$scratch/said" 2>&1
check 'a snapshot behind a link' "$recover" -q -c "$moved/recover.yaml" backup
echo 'of one' >"$moved/one/a" && echo 'of two' >"$moved/two/a"
exec 9>>"$moved/state/lock" && flock 9
"$recover" -c "$moved/recover.yaml" restore --snapshot latest --data-only --confirm test >"$scratch/late" 2>&1 9>&- &
late=$!
for _ in $(seq 100); do grep -q 'waiting for it' "$scratch/late" && break; sleep 0.1; done
ln -sfn two "$moved/data"
exec 9>&-
check 'a link that led elsewhere by the time of the lock' wait "$late"
check 'what it leads to is replaced' test "$(cat "$moved"/{two,one}/a | xargs)" = 'kept of one'
expect 'a lock-wait that is none' 64 '--lock-wait' -- "$recover" backup --lock-wait soon

cat >recover.yaml <<YAML
version: 1
stack: test
repository: $home/repository
state: $home/state
components: {memory: $home/memory}
hooks: {before_backup: [[sh, -c, 'echo not now >&2; exit 75']]}
YAML
expect 'a hook puts the backup off' 75 'before_backup' -- "$recover" backup
sed -i 's/exit 75/exit 4/' recover.yaml
expect 'a hook that fails ends the backup' 1 'before_backup' 'not now' -- "$recover" backup
stack "$home" <<<"$components"

# --- Restores -------------------------------------------------------------------------------

mkdir "$scratch/full" && touch "$scratch/full/something"
expect 'a target in the repository' 1 'lies in the repository' -- \
    "$recover" restore --snapshot latest --to "$home/repository/look"
check 'is not made' test ! -e "$home/repository/look"
expect 'a target that is not empty' 1 'is not empty' "$scratch/full" -- \
    "$recover" restore --tag good --to "$scratch/full"
check 'stays as it was' test "$(ls -A "$scratch/full")" = something
expect 'a target in a folder that is not there' 1 'No such file' -- \
    "$recover" restore --tag good --to "$scratch/no/such/folder"
expect 'a target that is a file' 1 "$home/recover.yaml" -- \
    "$recover" restore --tag good --to "$home/recover.yaml"
expect 'an unknown TAG names the nearest' 25 'no snapshot of TAG goood' 'good' -- \
    "$recover" restore --tag goood --to "$scratch/x"
expect 'an unknown snapshot' 25 'recover list' -- "$recover" restore --snapshot 19990101 --to "$scratch/x"
expect 'a component that the snapshot lacks' 25 'memroy' 'memory' -- \
    "$recover" restore --tag good memroy --to "$scratch/x"
expect 'a time before everything' 25 '1999' -- \
    "$recover" restore --at 1999-01-01T00:00:00Z --to "$scratch/x"
expect 'a time that is none' 64 'yesterday' -- "$recover" restore --at yesterday --to "$scratch/x"
expect 'a time that no clock of ours counts' 64 '9999' -- \
    "$recover" restore --at 9999-01-01T00:00:00Z --to "$scratch/x"
expect 'a dry run writes nothing' 0 'dry run' -- "$recover" restore --tag good --to "$scratch/dry" --dry-run
check 'not even the folder' test ! -e "$scratch/dry"
json "$recover" restore --tag goood --to "$scratch/x"
check 'a failure is a document too' jq -e '.ok == false and .exit_code == 25
    and .errors[0].code == "tag-not-found" and (.errors[0].state | length > 0) and .errors[0].next' "$scratch/json"
if [ "$(id -u)" = 0 ]; then
    mkdir -p "$home/memory/programs"
    cp /bin/true "$home/memory/programs/raise"
    chown 1234:1234 "$home/memory/programs/raise"
    chmod 6755 "$home/memory/programs/raise"
    "$recover" -q backup --tag program || fail 'a snapshot of a set-user-id program'
    mkdir "$scratch/nobody" && chown 65534:65534 "$scratch/nobody"
    chmod -R go+rX "$home/repository" "$home/state"
    expect 'without rights owners are lost, and said' 0 'owners' '[metadata]' -- \
        unprivileged "$recover" -c "$home/recover.yaml" restore --tag program --to "$scratch/nobody/out"
    check 'and a program does not become the set-user-id program of another' \
        test "$(stat -c %a "$scratch/nobody/out/memory/programs/raise")" = 755
    rm -r "$home/memory/programs"
else
    skip 'a set-user-id program without rights' 'needs root'
fi

# --- Damage ---------------------------------------------------------------------------------

head -c 3000000 /dev/urandom >"$home/memory/noise.bin"
# Names of snapshots are in order from second to second.
sleep 1.1
"$recover" -q backup --tag noise || fail 'a snapshot of noise'
pack=$(find repository/packs -name '*.tar' -size +2000k)
cp -r repository pristine
printf 'XXXX' | dd of="$pack" bs=1 seek=1500000 conv=notrunc status=none
expect 'damage names the file, and is 20' 20 'noise.bin' 'recover repair' -- \
    "$recover" restore --tag noise --to "$scratch/damaged"
expect 'verify finds it and names the file' 20 'noise.bin' -- "$recover" verify --all --level full
expect 'a TAG whose snapshot is known damaged is not taken' 25 'noise' -- \
    "$recover" restore --tag noise --to "$scratch/x"
expect 'the next backup writes anew what is damaged' 0 'OK backup' -- "$recover" backup --tag mended
expect 'and can be restored' 0 'every byte proven' -- \
    "$recover" restore --snapshot latest:mended --to "$scratch/mended"
check 'bit for bit' cmp "$home/memory/noise.bin" "$scratch/mended/memory/noise.bin"
rm -rf repository && cp -r pristine repository
truncate -s 100000 "$pack"
expect 'a pack that was cut' 20 'noise.bin' -- "$recover" restore --tag noise --to "$scratch/cut"
expect 'the next backup does not rely on it' 0 'OK backup' -- "$recover" backup --reread --tag healed
expect 'and can be restored' 0 'every byte proven' -- "$recover" restore --tag healed --to "$scratch/healed"
rm -rf repository && cp -r pristine repository
for file in repository/index/*; do printf 'XXXX' | dd of="$file" bs=1 seek=100 conv=notrunc status=none; done
expect 'a damaged index is set aside' 0 'every byte proven' 'index' -- \
    "$recover" restore --tag noise --to "$scratch/index"
rm -rf repository && cp -r pristine repository
echo 'recover-repository 9' >repository/FORMAT
expect 'a format of the future' 28 '9' -- "$recover" restore --tag noise --to "$scratch/x"
rm -rf repository && cp -r pristine repository
snapshot=$(grep -l '"tag":"noise"' repository/snapshots/*.json)
sed -i 's/"stack":"test"/"stack":"tost"/' "$snapshot"
expect 'a snapshot file that was edited' 20 'snapshots/' -- \
    "$recover" restore --snapshot "$(basename "$snapshot" .json)" --to "$scratch/x"
expect 'latest never becomes an older one unasked' 20 'snapshots/' 'the newest before it' -- \
    "$recover" restore --snapshot latest --to "$scratch/x"
rm -rf repository && mv pristine repository

# A plain account does not see what processes of others have open.
if [ "$(id -u)" = 0 ]; then
    other=$scratch/other
    mkdir -p "$other/data" && stack "$other" <<<"components: {data: $other/data}"
    chown -R 65534:65534 "$other"
    {
        unprivileged sqlite3 "$other/data/a.db" 'PRAGMA journal_mode = WAL; CREATE TABLE t (x)' &&
            unprivileged "$recover" -q -c "$other/recover.yaml" init &&
            unprivileged "$recover" -q -c "$other/recover.yaml" backup
    } >"$scratch/said" 2>&1 || fail 'a stack of a plain account'
    python3 "$here/../Fixtures/hold_database.py" "$other/data/a.db" "$scratch/held" 'SELECT * FROM t' &
    holder=$!
    children+=("$holder")
    for _ in $(seq 200); do [ -e "$scratch/held" ] && break; sleep 0.05; done
    expect 'a database that a process of another user holds' 1 'python3' 'a.db' 'stop it' -- \
        unprivileged "$recover" -c "$other/recover.yaml" restore --snapshot latest --data-only --confirm test
    kill "$holder"
    wait "$holder" 2>/dev/null
else
    skip 'a database that a process of another user holds' 'needs root'
fi

# --- Mounts ---------------------------------------------------------------------------------

mounts() {
    local failed=0 passed=0
    children=()
    trap - EXIT
    mkdir -p "$home/share"
    mount -t tmpfs tmpfs "$home/share" || return 1
    echo 'on the share' >"$home/share/file"
    stack "$home" <<<"$components"$'\n'"  share: $home/share"
    expect 'a mount is captured' 0 'OK backup' -- "$recover" backup
    umount "$home/share"
    expect 'a mount that is gone is a failure' 3 'share' 'was a mount point' 'INCOMPLETE' -- "$recover" backup
    expect 'alone it is 1' 1 'was a mount point' 'no snapshot was published' -- "$recover" backup share
    mkdir -p "$home/plain" && echo elsewhere >"$home/plain/file"
    stack "$home" <<<"$components"$'\n'"  share: $home/plain"
    expect 'another folder never was one' 0 'OK backup' -- "$recover" backup
    mkdir "$home/frozen" || return 1
    sqlite3 "$home/frozen/w.db" 'PRAGMA journal_mode = WAL; CREATE TABLE t (x)' >"$scratch/said" || return 1
    mount --bind "$home/frozen" "$home/frozen" && mount -o remount,bind,ro "$home/frozen" || return 1
    stack "$home" <<<"components: {frozen: $home/frozen}"
    expect 'a log where nobody may write' 3 'w.db: ' 'in WAL mode, which needs' '[database-readOnly]' -- "$recover" backup

    mkdir -p "$home/small"
    mount -t tmpfs -o size=6m tmpfs "$home/small" || return 1
    stack "$home" <<<"$components"
    sed -i "s|^repository: .*|repository: $home/small/repository|" recover.yaml
    rm -f "$home/memory/noise.bin"
    "$recover" -q init >"$scratch/said" 2>&1
    expect 'a small repository takes a small snapshot' 0 'OK backup' -- "$recover" backup --tag fits
    head -c 20000000 /dev/urandom >"$home/memory/too-much.bin"
    expect 'a full repository is 13' 13 'nothing was published, nothing is lost' 'make room' -- "$recover" backup
    check 'nothing was published' test "$(find small/repository/snapshots -type f | wc -l)" = 1
    check 'no unfinished file fills it' test -z "$(find small/repository/tmp -type f)"
    expect 'what was there can be restored' 0 'every byte proven' -- \
        "$recover" restore --tag fits --to "$scratch/fits"
    rm "$home/memory/too-much.bin"
    expect 'and it goes on when there is room' 0 'OK backup' -- "$recover" backup
    # Only a file system in memory has files as long as this.
    mkdir "$home/huge" && mount -t tmpfs tmpfs "$home/huge" || return 1
    echo small >"$home/huge/small.txt"
    truncate -s 9007199254740992 "$home/huge/hole.bin" || return 1
    mkdir long && stack "$PWD/long" <<<"components: {huge: $home/huge}"
    "$recover" -q -c long/recover.yaml init --stack test >"$scratch/said" 2>&1
    expect 'a file that no manifest can state is named' 3 'hole.bin: it is longer than a manifest can state' -- \
        "$recover" -c long/recover.yaml backup
    expect 'and the others are there' 0 'every byte proven' -- \
        "$recover" -c long/recover.yaml restore --snapshot latest --to "$scratch/long" huge
    mkdir "$home/tiny" && mount -t tmpfs -o size=64k tmpfs "$home/tiny" || return 1
    head -c 1000000 /dev/urandom >"$home/memory/a-million.bin"
    "$recover" -q backup --tag million || return 1
    expect 'a full target is 1' 1 'No space left' -- "$recover" restore --tag million --to "$home/tiny/out"
    echo "counts $passed $failed"
}

if can_mount; then
    export -f mounts expect check ok fail stack json field compare
    export scratch home recover components
    with_mounts bash -c mounts >"$scratch/mounts" 2>&1
    grep -v '^counts ' "$scratch/mounts"
    if read -r _ more bad < <(grep '^counts ' "$scratch/mounts"); then
        passed=$((passed + more)) failed=$((failed + bad))
    else
        fail 'the tests with mounts' 'they ended early'
    fi
else
    skip 'mounts and full disks' 'this machine does not let us mount'
fi
finish
