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
printf X | dd of=models/202601110900/model.bin bs=1 seek=77777 conv=notrunc status=none
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
before=$(ls -A models | sort | sha256sum)
mkdir empty
expect 'an empty folder' 1 'holds no file' -- "$recover" models publish empty
expect 'a source that is not there' 1 'look at the source' -- "$recover" models publish nowhere
expect 'a version that exists' 1 'there is a version 202601120900' -- "$recover" models publish source --version 202601120900
expect 'a name that is no time' 1 'is not a time' -- "$recover" models publish source --version 20260230
expect 'a version that is not there' 25 'no version 202601010000' -- "$recover" models switch 202601010000 -y
mkdir models/202601170900 && echo x >models/202601170900/model.bin && touch models/202601170900/_SUCCESS
expect 'a version without manifest' 1 'has no MANIFEST.sha256' 'recover models publish' -- "$recover" models switch 202601170900 -y
rm -r models/202601170900
cp -a models/202601110900/model.bin saved
printf X | dd of=models/202601110900/model.bin bs=1 seek=77777 conv=notrunc status=none
expect 'a damaged file' 20 '202601110900/model.bin has other bytes' -- "$recover" models switch 202601110900 -y
expect 'which verify names' 20 'damaged  model.bin' -- "$recover" models verify 202601110900
mv saved models/202601110900/model.bin
rm models/202601110900/deep/vocab.txt
expect 'a missing file' 20 'deep/vocab.txt is missing' -- "$recover" models switch 202601110900 -y
echo words >models/202601110900/deep/vocab.txt
ln -sfn nowhere models/current
expect 'a link to nowhere is said' 0 'which is no version' -- "$recover" models list
expect 'and can be mended' 0 'before: nowhere' -- "$recover" models switch 202601120900 -y
if can_mount; then
    expect 'a read-only folder' 1 'Read-only file system' -- with_mounts bash -c \
        "mount --bind '$models' '$models' && mount -o remount,bind,ro '$models' && '$recover' models publish source"
    expect 'a full disk' 1 'No space left' -- with_mounts bash -c \
        "mkdir -p '$scratch/small' && mount -t tmpfs -o size=1m tmpfs '$scratch/small' && '$recover' models publish source --into '$scratch/small'; status=\$?; test -z \"\$(ls '$scratch/small')\" || exit 99; exit \$status"
else
    skip 'a read-only folder and a full disk' 'no mounts here'
fi
check 'nothing of this changed the folder' test "$(ls -A models | sort | sha256sum)" = "$before"
finish
