#!/usr/bin/env bash
# Model versions from the outside: a reader beside a thousand switches, a predictor that refuses a
# bad model, the backup of a model folder, and whatever people do wrong.
. "$(dirname "$0")/support.sh"

home=$scratch/stack
models=$home/models
mkdir -p "$models" "$home/source/deep"
stack "$home" <<YAML
components:
  models: {versions: $models, zone: Asia/Seoul}
YAML
cd "$home" || exit 1
"$recover" -q init >"$scratch/said" 2>&1
head -c 3000000 /dev/urandom >source/model.bin
echo words >source/deep/vocab.txt

# publish VERSION: a version whose model.bin begins with its name.
publish() {
    { printf '%s' "$1" && tail -c +13 source/model.bin; } >source/new && mv source/new source/model.bin
    "$recover" -q models publish source --version "$1"
}

# --- Publish, list, verify -------------------------------------------------------------------
for day in 10 11 12; do check "publish version of day $day" publish "202601${day}0900"; done
check 'sha256sum accepts the manifest' sh -c "cd $models/202601100900 && sha256sum --strict -c MANIFEST.sha256"
expect 'the present minute is the name' 0 "$(TZ=Asia/Seoul date +%Y%m%d)" -- "$recover" models publish source
expect 'and the next free one when it is taken' 0 'OK published' -- "$recover" models publish source
json "$recover" models list
check 'five versions are listed in order of creation' test "$(field '.data.versions | length')" = 5
check 'none is in use yet' test "$(field .data.current)" = null
expect 'verify reads all of them' 0 'OK 5 versions' -- "$recover" models verify --all

# --- Switches beside a reader ----------------------------------------------------------------
expect 'the first switch' 0 'names 202601100900' -- "$recover" models switch 202601100900 -y
python3 - "$models" "$scratch/reader" <<'PY' &
import pathlib, sys, time
models, said = map(pathlib.Path, sys.argv[1:])
reads = wrong = 0
while not (models.parent / "enough").exists():
    try:
        with open(models / "current" / "model.bin", "rb") as file:
            start = file.read(12)
            file.seek(0, 2)
            if not start.startswith(b"202601") or file.tell() != 3000000:
                wrong += 1
    except OSError:
        wrong += 1
    reads += 1
said.write_text(f"{reads} {wrong}")
PY
children+=($!)
switched=0
for number in $(seq "${SWITCHES:-100}"); do
    if [ $((number % 3)) = 0 ]; then words=(rollback); else words=(switch "2026011$((number % 3))0900"); fi
    "$recover" -q models "${words[@]}" -y >"$scratch/output" 2>&1 && switched=$((switched + 1))
done
touch enough
wait "${children[0]}"
read -r reads wrong <"$scratch/reader"
check "$switched switches and rollbacks" test "$switched" = "${SWITCHES:-100}"
check "a reader saw a whole version in each of $reads reads" test "$reads" -gt 100 -a "$wrong" = 0

# --- A predictor that knows a bad model ------------------------------------------------------
cat >"$scratch/predictor.py" <<'PY'
import http.server, json, pathlib, sys
models = pathlib.Path(sys.argv[1])
class Predictor(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            version = (models / "current").resolve().name
            healthy = not (models / "current" / "bad").exists() and (models / "current" / "model.bin").stat().st_size > 0
        except OSError:
            version, healthy = None, False
        body = json.dumps({"status": "healthy" if healthy else "no model", "model": {"version": version}}).encode()
        self.send_response(200 if healthy else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Predictor)
print(server.server_port, flush=True)
server.serve_forever()
PY
python3 "$scratch/predictor.py" "$models" >"$scratch/port" &
children+=($!)
while [ ! -s "$scratch/port" ]; do sleep 0.05; done
health=http://127.0.0.1:$(cat "$scratch/port")/health
"$recover" -q models switch 202601110900 -y
expect 'a healthy version passes its gate' 0 'names 202601120900' -- \
    "$recover" models switch 202601120900 -y --health "$health" --expect-version model.version
touch source/bad
started=$SECONDS
expect 'a bad one is taken back with 21' 21 'answers 503' 'names 202601120900, as before' -- \
    "$recover" models publish source --version 202601150900 --activate --health "$health" --timeout 4s
check 'within the time for it' test $((SECONDS - started)) -le 8
check 'the link is as before' test "$(readlink models/current)" = 202601120900
expect 'recover log shows it' 0 reverted 503 -- "$recover" log
check 'the journal says so' sh -c "tail -1 models/.recover/journal.jsonl | jq -e '.outcome == \"reverted\" and (.why | contains(\"503\"))'"
expect 'and a rollback passes it over' 0 'from 202601120900 to 202601110900' -- "$recover" -n models rollback
expect 'another served version is a failure too' 21 'not 202601100900' -- \
    "$recover" models switch 202601100900 -y --health "${health%health}x" --expect-version model.name --timeout 1s
rm source/bad

# --- Backup and restore ----------------------------------------------------------------------
mkdir models/202601160900 && echo half >models/202601160900/model.bin
expect 'a version that is not ready is left out and said' 0 'version left out' -- "$recover" backup
json "$recover" show latest
expect 'a restore elsewhere' 0 'every byte proven' -- "$recover" restore --snapshot latest --to "$scratch/out"
check 'brings the versions' cmp "$scratch/out/models/202601110900/model.bin" models/202601110900/model.bin
check 'and the link' test "$(readlink "$scratch/out/models/current")" = 202601120900
check 'and not what was unfinished' test ! -e "$scratch/out/models/202601160900"
rm -r models/202601160900
"$recover" -q models publish source --version 202601180900
"$recover" -q models switch 202601180900 -y
rm -r models/202601100900
printf DAMAGED | dd of=models/202601110900/model.bin bs=1 seek=77777 conv=notrunc status=none
inode=$(stat -c %i models/202601150900)
expect 'a restore in place' 0 'staged and proven' -- \
    "$recover" restore --snapshot latest --data-only models --confirm test
check 'brings back a version that is gone' cmp models/202601100900/model.bin "$scratch/out/models/202601100900/model.bin"
check 'and one that is damaged' cmp models/202601110900/model.bin "$scratch/out/models/202601110900/model.bin"
check 'and switches the link' test "$(readlink models/current)" = 202601120900
check 'a newer version stays' test -e models/202601180900/model.bin
check 'a whole version is not touched' test "$(stat -c %i models/202601150900)" = "$inode"
check 'the journal says so' sh -c "tail -1 models/.recover/journal.jsonl | jq -e '.action == \"restore\" and .to == \"202601120900\"'"
expect 'all are whole' 0 'versions,' -- "$recover" models verify --all
rm -r models/202601180900

# --- Prune -----------------------------------------------------------------------------------
expect 'prune asks first' 26 'nobody is there' -- "$recover" models prune --keep 1
"$recover" -q models switch 202601110900 -y && "$recover" -q models switch 202601120900 -y
expect 'prune keeps what is in use and the last good' 0 'keep  202601120900: in use' \
    'keep  202601110900: the last good one' 'removed  202601100900' -- "$recover" models prune --keep 1 -y
check 'what went is gone' test ! -e models/202601100900

# --- What people do wrong --------------------------------------------------------------------
# fingerprint FOLDER: all that is in it with its bytes, but for the lock.
fingerprint() { (cd "$1" && find . -path ./.recover/lock -prune -o -printf '%y %p %m %s %l\n' -type f -exec sha256sum {} + | sort | sha256sum); }

# refuse NAME CODE FRAGMENT… -- COMMAND…: as `expect`, and the model folder stays as it is.
refuse() {
    local before
    before=$(fingerprint models)
    expect "$@"
    check "$1: nothing was changed" test "$(fingerprint models)" = "$before"
}
mkdir empty dangling
ln -s nowhere dangling/model.bin && echo x >dangling/vocab.txt
refuse 'an empty folder' 1 'holds no file' -- "$recover" models publish empty
refuse 'a source that is not there' 1 'look at the source' -- "$recover" models publish nowhere
refuse 'a source with a link to nowhere' 1 'dangling/model.bin is a link to nowhere' -- "$recover" models publish dangling
refuse 'a version that exists' 1 'there is a version 202601120900' -- "$recover" models publish source --version 202601120900
refuse 'a name that is no time' 1 'is not a time' -- "$recover" models publish source --version 20260230
refuse 'a version that is not there' 25 'no version 202601010000' -- "$recover" models switch 202601010000 -y
cp source/deep/vocab.txt saved && (cd source && sha256sum model.bin deep/vocab.txt) >manifest
cp manifest source/MANIFEST.sha256 && echo others >source/deep/vocab.txt
refuse 'a source that is not what its manifest says' 20 'vocab.txt is not what its manifest says' -- "$recover" models publish source
rm source/MANIFEST.sha256 && mv saved source/deep/vocab.txt
mkdir models/202601170900 && echo x >models/202601170900/model.bin && touch models/202601170900/_SUCCESS
refuse 'a version without manifest' 1 'has no MANIFEST.sha256' 'recover models publish' -- "$recover" models switch 202601170900 -y
refuse 'and verify cannot prove it' 1 'has no MANIFEST.sha256' -- "$recover" models verify 202601170900
rm models/202601170900/_SUCCESS
refuse 'a version that is not ready' 1 'is not whole' -- "$recover" models switch 202601170900 -y
rm -r models/202601170900
cp -a models/202601110900/model.bin saved
printf DAMAGED | dd of=models/202601110900/model.bin bs=1 seek=77777 conv=notrunc status=none
refuse 'a damaged file' 20 '202601110900/model.bin has other bytes' -- "$recover" models switch 202601110900 -y
refuse 'which verify names' 20 'damaged  model.bin' -- "$recover" models verify 202601110900
mv saved models/202601110900/model.bin
rm models/202601110900/deep/vocab.txt
refuse 'a missing file' 20 'deep/vocab.txt is missing' -- "$recover" models switch 202601110900 -y
refuse 'which verify names, too' 20 'missing  deep/vocab.txt' -- "$recover" models verify 202601110900
echo words >models/202601110900/deep/vocab.txt
ln -sfn nowhere models/current
refuse 'a link to nowhere is said' 0 'which is no version' -- "$recover" models list
expect 'and can be mended' 0 'before: nowhere' -- "$recover" models switch 202601120900 -y
rm models/current && mkdir models/current
refuse 'a folder in the place of the link' 1 'is neither link nor file' -- "$recover" models switch 202601110900 -y
rmdir models/current && ln -s 202601120900 models/current
if can_mount; then
    readonly_bind="mount --bind '$models' '$models' && mount -o remount,bind,ro '$models'"
    refuse 'a read-only folder: publish' 1 'Read-only file system' -- with_mounts bash -c "$readonly_bind && '$recover' models publish source"
    refuse 'a read-only folder: switch' 1 'Read-only file system' -- with_mounts bash -c "$readonly_bind && '$recover' models switch 202601110900 -y"
    "$recover" -q models publish source --version 202601190900
    refuse 'a read-only folder: prune' 1 'Read-only file system' -- with_mounts bash -c "$readonly_bind && '$recover' models prune --keep 1 -y"
    rm -r models/202601190900
    cat >"$scratch/full.sh" <<'SH'
# full.sh RECOVER FOLDER BIG SMALL WORD…: a folder on a disk of 4 MiB with two small versions.
recover=$1 folder=$2 big=$3 small=$4
shift 4
mkdir -p "$folder" && mount -t tmpfs -o size=4m,nr_inodes=100 tmpfs "$folder" || exit 98
for version in 202601010000 202601020000; do "$recover" -q models publish "$small" --folder "$folder" --version $version || exit 97; done
"$recover" -q models switch 202601010000 -y --folder "$folder" || exit 96
# A link takes no more than an inode: these are used up.
[ "$1" = publish ] || for number in $(seq 100); do : >"$folder/full-$number" || break; done 2>/dev/null
shot() { (cd "$folder" && find . -path ./.recover -prune -o -printf '%y %p %s %l\n' | sort); }
before=$(shot)
case $1 in
publish) "$recover" models publish "$big" --folder "$folder" ;;
switch) "$recover" models switch 202601020000 -y --folder "$folder" ;;
esac
status=$?
[ "$(shot)" = "$before" ] || { shot; exit 99; }
rm -f "$folder"/full-*
"$recover" -q models switch 202601020000 -y --folder "$folder" || exit 95
exit $status
SH
    mkdir "$scratch/few" && echo few >"$scratch/few/model.bin"
    head -c 6000000 /dev/zero >"$scratch/big.bin"
    for verb in publish switch; do
        refuse "a full disk: $verb" 1 'No space left' -- \
            with_mounts bash "$scratch/full.sh" "$recover" "$scratch/small" "$scratch/big.bin" "$scratch/few" $verb
    done
else
    skip 'a read-only folder and a full disk' 'no mounts here'
fi

# --- An account that is not root --------------------------------------------------------------
# For root a folder that forbids writing is no hindrance.
if [ "$(id -u)" = 0 ]; then nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups); else nobody=(); fi
if "${nobody[@]}" true 2>/dev/null; then
    own=$scratch/own
    mkdir "$own" && chmod 777 "$own"
    cat >"$scratch/own.sh" <<'SH'
set -e
recover=$1
cd "$2"
mkdir -p models hard/closed plain
echo bytes >hard/closed/model.bin && echo bytes >plain/model.bin
chmod 555 hard/closed
"$recover" -q models publish hard --folder models --version 202601010000
for day in 02 03; do "$recover" -q models publish plain --folder models --version 202601${day}0000 --activate; done
flock models/.recover/lock sleep 3 &
sleep 0.3
status=0
"$recover" -q models publish hard --folder models --lock-wait 1s || status=$?
wait
[ "$status" = 11 ] || exit 90
[ -z "$(find models -maxdepth 1 -name '.recover-publish-*')" ] || exit 91
# What a killed run leaves.
cp -a hard models/.recover-publish-killed
"$recover" -q models rollback --folder models --yes
[ ! -e models/.recover-publish-killed ] || exit 92
"$recover" -q models prune --folder models --keep 1 --yes
[ ! -e models/202601010000 ] || exit 93
[ -z "$(find models -maxdepth 1 -name '.recover-p*')" ] || exit 94
SH
    check 'a folder that forbids writing hinders no run of a plain account' \
        "${nobody[@]}" bash "$scratch/own.sh" "$recover" "$own"
else
    skip 'a folder that forbids writing' 'no other account here'
fi

# --- Sources that move ------------------------------------------------------------------------
# Shared blocks without a file system that has them, and what others do at the worst instant.
cat >"$scratch/moving.c" <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
static void point(const char *at) {
    const char *link = getenv("LATEST"), *target = getenv(at);
    char fresh[4096];
    if (!link || !target) return;
    snprintf(fresh, sizeof fresh, "%s.new", link);
    if (symlink(target, fresh) == 0) rename(fresh, link);
}
static int is(int fd, const char *variable) {
    struct stat one, other;
    const char *path = getenv(variable);
    return path && stat(path, &one) == 0 && fstat(fd, &other) == 0 && one.st_ino == other.st_ino;
}
int ioctl(int to, unsigned long request, ...) {
    va_list rest;
    va_start(rest, request);
    long argument = va_arg(rest, long);
    va_end(rest);
    if (request != FICLONE) return syscall(SYS_ioctl, to, request, argument);
    char bytes[65536];
    off_t at = 0;
    for (ssize_t count; (count = syscall(SYS_pread64, argument, bytes, sizeof bytes, at)) > 0; at += count)
        if (syscall(SYS_pwrite64, to, bytes, count, at) != count) return -1;
    if (getenv("CUT") && ftruncate(to, at - 1) != 0) return -1;
    point("CLONED");
    return 0;
}
int posix_fadvise(int fd, off_t start, off_t length, int advice) {
    (void)start, (void)length;
    if (advice == POSIX_FADV_SEQUENTIAL) {
        point("READING");
        if (is(fd, "GONE")) unlink(getenv("GONE"));
    }
    return 0;
}
ssize_t pread(int fd, void *bytes, size_t count, off_t at) {
    if (is(fd, "BAD")) { errno = EIO; return -1; }
    return syscall(SYS_pread64, fd, bytes, count, at);
}
C
check 'a library that shares blocks' cc -shared -fPIC -o "$scratch/moving.so" "$scratch/moving.c"
moving=$scratch/moving
mkdir -p "$moving/A" "$moving/B" "$moving/models"
for run in A B; do head -c 3000000 /dev/urandom >"$moving/$run/w"; done
for run in A B; do cp "$moving/$run/w" "$moving/$run/x"; done
ln -s A "$moving/latest"
# What has just been written is read in the copy in any case.
sleep 2.2
# moving VERSION NAME=VALUE…: a publication of `latest` while that happens.
moving() { env LD_PRELOAD="$scratch/moving.so" "${@:2}" "$recover" models publish "$moving/latest" --folder "$moving/models" --version "$1"; }
# proves VERSION: it is run A, to the last byte, by its manifest and by what lies there.
proves() { (cd "$moving/models/$1" && sha256sum --strict --quiet -c MANIFEST.sha256) && cmp "$moving/models/$1/w" "$moving/A/w"; }
expect 'a link that leads away and back between copy and digest' 0 'blocks shared' -- \
    moving 202601010000 LATEST="$moving/latest" CLONED=B READING=A
check 'makes a version of one run' proves 202601010000
ln -sfn A "$moving/latest"
expect 'a source that cannot be read once it is cloned' 0 'blocks shared' -- moving 202601020000 BAD="$moving/A/w"
check 'is read in the copy' proves 202601020000
cp -p "$moving/A/w" "$moving/w"
sleep 2.2
expect 'a source that goes once it is cloned' 0 'blocks shared' -- moving 202601030000 GONE="$moving/A/w"
mv "$moving/w" "$moving/A/w"
check 'is there all the same' proves 202601030000
expect 'a clone that is cut short' 1 'has another length' -- moving 202601040000 CUT=1
check 'is no version' test ! -e "$moving/models/202601040000"
mkdir "$moving/many" && (cd "$moving/many" && seq 3000 | split -l 1 -a 4 - part-)
few() { (ulimit -n 40 && env "$@" "$recover" models publish "$moving/many" --folder "$moving/models"); }
expect 'many files take few descriptors' 0 '3000 files' -- few A=A
expect 'with shared blocks, too' 0 '3000 files' 'blocks shared' -- few LD_PRELOAD="$scratch/moving.so"

# --- Links by other ways ---------------------------------------------------------------------
ways=$scratch/ways
mkdir -p "$ways/serving"
for day in 01 02 03 04 05; do "$recover" -q models publish source --folder "$ways" --version "202601${day}0000"; done
ln -s ../ways/202601010000 "$ways/current"
ln -s ../202601020000 "$ways/serving/x"
ln -s ../202601030000/model.bin "$ways/202601050000/base"
json "$recover" models list --folder "$ways"
check 'a link by another way is understood' test "$(field .data.current)" = 202601010000
expect 'and verified' 0 'OK  202601010000' -- "$recover" models verify --folder "$ways"
expect 'and switched from' 0 'was in use already' -- "$recover" models switch 202601010000 -y --folder "$ways"
expect 'prune keeps what any link leads to' 0 'keep  202601010000: in use' 'keep  202601020000: the link serving/x' \
    'keep  202601030000: the link 202601050000/base' 'removed  202601040000' \
    'pinned snapshots were not asked' -- "$recover" models prune --keep 1 -y --folder "$ways"
check 'and they are there' sh -c "cd '$ways' && cat current/model.bin serving/x/model.bin 202601050000/base >/dev/null"
"$recover" -q models publish source --folder "$ways" --version 202601060000
ln -s 202609090000 "$ways/canary"
refuse 'prune stops at a link to nowhere' 1 'the link canary leads to nothing' -- "$recover" models prune --keep 1 -y --folder "$ways"
check 'and nothing is gone' test -e "$ways/202601060000/model.bin" -a -e "$ways/202601050000/model.bin"

# --- What nothing states ---------------------------------------------------------------------
doubt=$scratch/doubt
mkdir -p "$doubt/202601010000"
echo words >"$doubt/202601010000/tokenizer.json" && echo broken >"$doubt/202601010000/model.bin"
(cd "$doubt/202601010000" && sha256sum tokenizer.json >tokenizer.json.sha256 && touch _SUCCESS)
expect 'what nothing states is called unproven' 0 'OK  202601010000: 1 files' 'unproven model.bin' \
    'nothing states the SHA-256' -- "$recover" models verify 202601010000 --folder "$doubt"
expect 'a version without manifest is not used' 1 'has no MANIFEST.sha256' -- \
    "$recover" models switch 202601010000 -y --folder "$doubt"
: >"$doubt/202601010000/MANIFEST.sha256"
expect 'nor one with an empty manifest' 1 'names no file' -- "$recover" models switch 202601010000 -y --folder "$doubt"
rm "$doubt"/202601010000/*.sha256 && : >"$doubt/202601010000/MANIFEST.sha256"
expect 'which proves nothing' 1 'names no file' -- "$recover" models verify 202601010000 --folder "$doubt"
rm "$doubt/202601010000/MANIFEST.sha256"
"$recover" -q models publish source --folder "$doubt" --version 202601020000
expect 'among others it is unproven, not damaged' 1 'UNPROVEN  202601010000' 'OK  202601020000' -- \
    "$recover" models verify --all --folder "$doubt"
json "$recover" models verify --all --folder "$doubt"
check 'in the document, too' test "$(field '[.data.versions[].outcome] | join(",")')" = unproven,ok
rm -r "$doubt/202601010000"
(cd "$doubt/202601020000" && rm MANIFEST.sha256 && find . -type f ! -name _SUCCESS -print0 | xargs -0 sha256sum >../sums && mv ../sums MANIFEST.sha256)
json "$recover" models list --folder "$doubt"
check 'a manifest with ./ in front is one' test "$(field '.data.versions[0].state')" = ready
expect 'and its version can be used' 0 'names 202601020000' -- "$recover" models switch 202601020000 -y --folder "$doubt"

# --- A run that is killed while it asks -------------------------------------------------------
asked=$scratch/asked
mkdir "$asked"
for day in 01 02 03; do "$recover" -q models publish source --folder "$asked" --version "202601${day}0000"; done
for day in 01 02; do "$recover" -q models switch "202601${day}0000" -y --folder "$asked"; done
"$recover" models switch 202601030000 -y --folder "$asked" --health http://127.0.0.1:1/ --timeout 60s >"$scratch/killed" 2>&1 &
killed=$!
for _ in $(seq 200); do [ "$(readlink "$asked/current")" = 202601030000 ] && break; sleep 0.05; done
kill -9 "$killed"
wait "$killed" 2>/dev/null
check 'a switch killed at its gate has moved the link' test "$(readlink "$asked/current")" = 202601030000
json "$recover" models list --folder "$asked"
check 'what it left is the last good one' test "$(field .data.last_good)" = 202601020000
expect 'the next run asks' 21 'is not healthy' 'names 202601020000' -- \
    "$recover" models switch 202601030000 -y --folder "$asked" --health http://127.0.0.1:1/ --timeout 1s
check 'and goes back' test "$(readlink "$asked/current")" = 202601020000
expect 'one in use that is not healthy has nowhere to go' 22 'in use already, is not healthy' -- \
    "$recover" models switch 202601020000 -y --folder "$asked" --health http://127.0.0.1:1/ --timeout 1s
check 'and stays' test "$(readlink "$asked/current")" = 202601020000

# --- A disk that is full once it is done ------------------------------------------------------
cat >"$scratch/full.c" <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
ssize_t write(int fd, const void *bytes, size_t count) {
    const char *text = getenv("FULL_AT");
    if (text && memmem(bytes, count, text, strlen(text))) { errno = ENOSPC; return -1; }
    return syscall(SYS_write, fd, bytes, count);
}
int renameat2(int from, const char *old, int to, const char *new, unsigned flags) {
    const char *name = getenv("IMMUTABLE");
    if (name && !strcmp(old, name)) { errno = EPERM; return -1; }
    return syscall(SYS_renameat2, from, old, to, new, flags);
}
C
check 'a library with a full disk' cc -shared -fPIC -o "$scratch/full.so" "$scratch/full.c"
late=$scratch/late
mkdir "$late"
full() { FULL_AT=$1 LD_PRELOAD=$scratch/full.so "$recover" models "${@:2}" --folder "$late"; }
expect 'a publication that the journal cannot state is done' 0 'OK published 202601010000' 'the journal does not say so' -- \
    full '"outcome":"done"' publish source --version 202601010000
for day in 02 03 04 05; do "$recover" -q models publish source --folder "$late" --version "202601${day}0000"; done
"$recover" -q models switch 202601040000 -y --folder "$late"
expect 'a switch, too' 0 'names 202601050000' 'the journal does not say so' -- full '"outcome":"done"' switch 202601050000 -y
check 'and the link has moved' test "$(readlink "$late/current")" = 202601050000
"$recover" -q models switch 202601040000 -y --folder "$late"
expect 'one that is taken back ends with 21 all the same' 21 'names 202601040000, as before' 'the journal does not say so' -- \
    full '"outcome":"reverted"' switch 202601050000 -y --health http://127.0.0.1:1/ --timeout 1s
check 'and is taken back' test "$(readlink "$late/current")" = 202601040000
expect 'a publication that cannot be used is there' 1 'version 202601060000 is published' -- \
    full '"action":"switch"' publish source --version 202601060000 --activate
expect 'prune says what is gone when it cannot go on' 1 '202601020000' 'gone already: 202601010000' -- \
    env IMMUTABLE=202601020000 LD_PRELOAD="$scratch/full.so" "$recover" models prune --keep 1 -y --folder "$late"
check 'and it is' test ! -e "$late/202601010000" -a -e "$late/202601020000"

# --- What a restore must bring, and what it must keep first -----------------------------------
second=$scratch/second
models=$second/models
mkdir -p "$models"
stack "$second" <<YAML
components:
  models: {versions: $models, zone: Asia/Seoul}
YAML
cp -r source "$second/source"
cd "$second" || exit 1
"$recover" -q init >"$scratch/said" 2>&1
for day in 01 02 03; do publish "202601${day}0000" >/dev/null; done
"$recover" -q models switch 202601020000 -y
bare=$models/202601010000
ln -s model.bin "$bare/alias" && mkdir "$bare/empty" && echo set >"$bare/config.json" && echo plain >"$models/plain.gguf"
expect 'a snapshot of it' 0 'OK' -- "$recover" backup
back=("$recover" restore --snapshot latest --data-only models --confirm test)
rm "$bare/alias" "$bare/config.json" "$bare/_SUCCESS" "$models/plain.gguf" && rmdir "$bare/empty"
inode=$(stat -c %i "$models/202601020000")
expect 'a restore of what no manifest states' 0 'OK restored' -- "${back[@]}"
check 'brings file, link, empty folder, mark and plain file' \
    test -f "$bare/config.json" -a -L "$bare/alias" -a -d "$bare/empty" -a -e "$bare/_SUCCESS" -a -f "$models/plain.gguf"
check 'and leaves the others' test "$(stat -c %i "$models/202601020000")" = "$inode"
rm "$bare/_SUCCESS" && echo precious >"$bare/model.bin"
expect 'a restore over a version being written' 0 'undo: recover restore' -- "${back[@]}"
undo=$(sed -n 's/^undo: recover restore --snapshot \([^ ]*\) .*/\1/p' "$scratch/output")
check 'brings the old one' test "$(head -c 12 "$bare/model.bin")" = 202601010000
expect 'and its safety snapshot the new one' 0 'OK restored' -- "$recover" restore --snapshot "$undo" --data-only models --confirm test
check 'with its bytes' grep -qx precious "$bare/model.bin"
check 'and nothing of the other' test ! -e "$bare/_SUCCESS"
expect 'and forth again' 0 'OK restored' -- "${back[@]}"

# --- Pins by another name ---------------------------------------------------------------------
for day in 04 05 06 07; do publish "202601${day}0000" >/dev/null; done
for day in 04 05; do "$recover" -q models switch "202601${day}0000" -y; done
ln -s models "$second/beside"
expect 'prune --folder asks for pins' 0 'keep  202601020000: pinned by snapshot' 'would remove  202601060000' -- \
    "$recover" -n models prune --keep 1 --folder "$second/beside"
for file in repository/snapshots/*; do printf x >"$file"; done
before=$(fingerprint "$models")
expect 'a pinned snapshot that cannot be read stops it' 1 'cannot be known' -- "$recover" models prune --keep 1 -y
expect 'by whatever name' 1 'cannot be known' -- "$recover" models prune --keep 1 -y --folder "$second/beside"
check 'and nothing is gone' test "$(fingerprint "$models")" = "$before"
cd "$home" || exit 1
models=$home/models

# --- A file system without links -------------------------------------------------------------
# The kernel of a test machine may know none, such as vfat: then glibc refuses links as vfat does.
cat >"$scratch/no_links.c" <<'C'
#include <errno.h>
int symlink(const char *target, const char *name) { (void)target, (void)name; errno = EPERM; return -1; }
int symlinkat(const char *target, int folder, const char *name) { (void)folder; return symlink(target, name); }
C
check 'a library that refuses links' cc -shared -fPIC -o "$scratch/no_links.so" "$scratch/no_links.c"
plain=$scratch/plain
mkdir "$plain"
linkless() { LD_PRELOAD=$scratch/no_links.so "$recover" models "$@" --folder "$plain"; }
for version in 202601010000 202601020000; do check "publish $version without links" linkless publish source --version $version; done
expect 'a switch makes a pointer file and says so' 0 'names 202601010000' 'a file that holds the version' -- linkless switch 202601010000 -y
check 'which is a file' test -f "$plain/current" -a ! -L "$plain/current"
check 'with the name of the version' test "$(cat "$plain/current")" = 202601010000
check 'another switch moves it' linkless switch 202601020000 -y
check 'to the other' test "$(cat "$plain/current")" = 202601020000
json linkless list
check 'the list knows it as a pointer' test "$(field '.data.link_kind + " " + .data.current')" = 'pointer 202601020000'
check 'a rollback moves it back' linkless rollback -y
check 'to the one before' test "$(cat "$plain/current")" = 202601010000
expect 'a bad switch leaves it' 21 'names 202601010000, as before' -- \
    linkless switch 202601020000 -y --health http://127.0.0.1:1/ --timeout 1s
check 'as it was' test "$(cat "$plain/current")" = 202601010000
expect 'prune spares what it names' 0 'keep  202601010000: in use' -- linkless prune --keep 1 -y
check 'nothing is left behind' test -z "$(find "$plain" -maxdepth 1 -name '.recover-*')"
finish
