#!/usr/bin/env bash
# What the clock proves and looks at between backups, under a clock of ours: verifications by their
# due dates, health, an audit that does not say the same every day, and a restore beside a prune.
. "$(dirname "$0")/support.sh"

command -v cc >/dev/null || { skip 'all of it' 'no compiler for the clock'; ok 'nothing to try'; finish; }
cc -shared -fPIC -O1 -o "$scratch/clock.so" "$here/../Torture/live/clock.c" || { fail 'the clock is built'; finish; }
export TZ=UTC
# at 'TIME': from now on it is so late for the program.
at() {
    python3 - "$scratch/clock" "$1" <<'PY'
import datetime, sys, time
wanted = datetime.datetime.strptime(sys.argv[2], "%Y-%m-%d %H:%M").replace(tzinfo=datetime.timezone.utc)
with open(sys.argv[1], "wb") as file:
    file.write(int(wanted.timestamp() - time.time()).to_bytes(8, "little", signed=True))
PY
}
# later DAYS HH:MM: that day counted from 2 March 2026.
later() { at "$(date -d "2026-03-02 +$1 days" +%Y-%m-%d) $2"; }
run() { env LD_PRELOAD="$scratch/clock.so" LIVE_CLOCK="$scratch/clock" "$recover" "$@"; }
# metric 'NAME{LABELS': its value.
metric() { awk -v name="$1" 'index($0, name) == 1 { print $NF }' "$scratch/metrics/recover.prom"; }
# is NAME VALUE WANTED
is() { if [ "$2" = "$3" ]; then ok "$1"; else : >"$scratch/output"; fail "$1" "it is '$2' and not '$3'"; fi; }

home=$scratch/stack
mkdir -p "$home/memory" "$scratch/metrics"
configure() {
    stack "$home" <<YAML
components:
  memory: $home/memory
metrics: $scratch/metrics/recover.prom
schedule: {backup: "02:00", prune: never, verify: "04:00", drill: "1 05:00", jitter: 0s}
$1
YAML
}
configure ''
cd "$home" || exit 1
later 0 01:00
check 'the clock is ours' sh -c "LD_PRELOAD='$scratch/clock.so' LIVE_CLOCK='$scratch/clock' '$recover' -q init && grep -q 2026-03-02 '$home/repository/config.json'"

# --- Verifications by their due dates ----------------------------------------------------------

# night DAY: what the clock starts then; the verification's document is kept.
night() {
    head -c 150000 /dev/urandom >"$home/memory/day-$1"
    later "$1" 02:01
    run -q schedule run backup >"$scratch/output" 2>&1 || fail "the backup of night $1" "$?"
    later "$1" 04:01
    run schedule run verify --json >"$scratch/json" 2>"$scratch/errors" || fail "the verification of night $1" "$?"
}
night 0
is 'the first night proves everything' "$(field .data.level)" deep
levels='' partial=0 warned=0 unverified=0 uncovered=0
for day in $(seq 1 29); do
    night "$day"
    levels+=$(field .data.level)
    [ "$(field .data.packs)" -lt "$(find repository/packs repository/meta -type f | wc -l)" ] && partial=$((partial + 1))
    [ "$(field '.warnings | length')" = 0 ] || warned=$((warned + 1))
    [ "$(metric 'recover_snapshots{stack="test",state="unverified"}')" = 0 ] || unverified=$((unverified + 1))
    [ "$(metric 'recover_verify_covered_ratio{stack="test"}')" = 1 ] || uncovered=$((uncovered + 1))
done
is 'the next nights compare stored bytes' "$(sed 's/full//g' <<<"$levels")" ''
is 'of some packs each' "$partial" 29
is 'which is enough to have all of them in time' "$uncovered $warned" '0 0'
is 'so that every snapshot is verified the night that it was made' "$unverified" 0
check 'no pack was left out for a week' python3 - "$home/repository" <<'PY'
import datetime, json, pathlib, sys
newest = {}
for path in pathlib.Path(sys.argv[1], "facts/verified").glob("*.json"):
    receipt = json.loads(path.read_bytes())
    for pack in receipt["packs"]:
        newest[pack] = max(newest.get(pack, ""), receipt["at"])
packs = [p.stem.split(".")[0] for kind in ("packs", "meta") for p in pathlib.Path(sys.argv[1], kind).rglob("*") if p.is_file()]
assert len(packs) >= 30, packs
now = datetime.datetime(2026, 3, 31, 4, 2, tzinfo=datetime.timezone.utc)
for pack in packs:
    name = next(known for known in newest if known in pack or pack in known)
    age = now - datetime.datetime.fromisoformat(newest[name].replace("Z", "+00:00"))
    assert age <= datetime.timedelta(days=7, hours=1), (pack, age)
PY
night 30
is 'after 30 days everything is proven again' "$(field .data.level)" deep
is 'receipts do not pile up' "$(find "$home/repository/facts/receipts" -type f | wc -l)" "$(run list --ids | wc -l)"
run status --check >"$scratch/output" 2>&1
is 'all is well then' $? 0

# Nobody verifies for a while.
for day in 31 32 33; do
    later "$day" 02:01
    run -q schedule run backup
done
expect 'a verification that did not come is said' 3 'no quick verification succeeded in 2 d' 'verify-overdue' -- \
    run status --check
expect 'and to Nagios' 1 'WARNING' -- sh -c "LD_PRELOAD='$scratch/clock.so' LIVE_CLOCK='$scratch/clock' '$recover' status --nagios; code=\$?; echo 'Next: '; exit \$code"
run audit --json >"$scratch/json" 2>"$scratch/errors"
is 'the audit counts it as a risk' "$(field '[.errors[] | select(.code == "verify-overdue")] | length')" 1
check 'and by the metrics the alert fires' test \
    "$(($(date -d '2026-04-04 02:01' +%s) - $(metric 'recover_proof_last_success_timestamp_seconds{stack="test",level="quick"}')))" -gt \
    "$(metric 'recover_proof_allowed_age_seconds{stack="test",level="quick"}')"
printf '2026-03-02T00:00:00+00:00' >"$home/state/schedule-start"
later 33 05:00
expect 'the hourly job catches up' 0 'ran what was missed: verify' -- run schedule run watch
json run status
is 'and nothing is overdue any more' "$(field '[.data.concerns[].code] | join(" ")')" 'audit-failed'
# After twelve days one share would not do.
rm -rf "$home/state/operations.jsonl"
later 40 02:01
run -q schedule run backup
later 45 02:01
run -q verify --all --level deep
later 57 02:01
run -q schedule run backup
later 57 04:01
run schedule run verify --json >"$scratch/json" 2>"$scratch/errors"
is 'what was missed for long is caught up at once' \
    "$(field '[.data.level, .data.packs] | join(" ")')" "full $(find repository/packs repository/meta -type f | wc -l)"

# --- Drills --------------------------------------------------------------------------------------

later 60 05:01
expect 'the drill of the month runs' 0 'OK drill' -- run schedule run drill
later 85 12:00
check 'somebody practises by hand' run -q drill
later 91 05:01
expect 'which is soon enough for the next one to wait' 0 'not old enough' -- run schedule run drill
later 121 05:01
expect 'and not for the one after' 0 'OK drill' -- run schedule run drill

# --- Health ---------------------------------------------------------------------------------------

start_listener() {
    rm -f "$scratch/port"
    python3 "$here/listener.py" "$scratch/port" "$scratch/told" &
    listener=$!
    children+=("$listener")
    for _ in $(seq 100); do [ -s "$scratch/port" ] && break; sleep 0.05; done
    port=$(cat "$scratch/port")
}
: >"$scratch/told"
start_listener
configure "health: {api: \"http://127.0.0.1:$port/health\"}
gate: {retry: 0s}"
expect 'a healthy stack' 0 'PASS' -- run health
name=$(grep '^recover_health_check_up' "$scratch/metrics/recover.prom" | grep -o 'check="[^"]*api[^"]*"')
up="recover_health_check_up{stack=\"test\",$name"
is 'is one in the metrics' "$(metric "$up")" 1
configure "health: {api: \"http://127.0.0.1:$port/broken\"}
gate: {retry: 0s}"
expect 'a check that fails' 1 'FAIL' -- run health
is 'is down in the metrics' "$(metric "$up")" 0
configure "health: {api: \"http://127.0.0.1:$port/health\"}
gate: {retry: 0s}"
check 'the hourly job looks, too' run -q schedule run watch
is 'and sees it up again' "$(metric "$up")" 1
later 122 02:01
run -q backup
is 'what is of yesterday is not said any more' "$(metric "$up")" ''
if command -v promtool >/dev/null; then
    check 'Prometheus takes the metrics' sh -c "promtool check metrics <'$scratch/metrics/recover.prom'"
fi

# --- An audit that does not say the same every day --------------------------------------------------

printf 'http://127.0.0.1:%s/webhook\n' "$port" >"$scratch/webhook.url"
chmod 600 "$scratch/webhook.url"
# cards: how many were told of audits since the last look.
cards() {
    grep -c '/webhook' "$scratch/told"
    : >"$scratch/told"
}
told="notify: {webhook: \"file:$scratch/webhook.url\"}"
# What comes with the days is not what this is about.
configure "$told
audit: {accept: [stale, verify-overdue, drill-overdue]}"
: >"$scratch/told"
later 123 12:00
expect 'an audit finds a risk' 27 'same-disk' -- run audit
is 'and people are told' "$(cards)" 1
later 124 12:00
expect 'a day later it is still there' 27 'same-disk' -- run audit
is 'and nobody is told again' "$(cards)" 0
tar -C "$home" -czf "$home/memory/manual-20260114.tar.gz" memory/day-1
expect 'another risk' 27 'day-named-copies' -- run audit
is 'is told' "$(cards)" 1
rm "$home/memory/manual-20260114.tar.gz"
expect 'one fewer' 27 'same-disk' -- run audit
is 'is told, too' "$(cards)" 1
later 131 11:00
expect 'nearly a week later' 27 'same-disk' -- run audit
is 'still nobody' "$(cards)" 0
later 131 13:00
expect 'after a week' 27 'same-disk' -- run audit
is 'people are reminded' "$(cards)" 1
configure "$told
audit: {accept: [same-disk, stale, verify-overdue, drill-overdue]}"
expect 'once all is accepted' 0 'RECOVERABLE' -- run audit
is 'people are told that it is over' "$(cards)" 1
configure "$told"

# --- A recovery that was killed -----------------------------------------------------------------------

check 'data comes back' run -q restore --snapshot latest --confirm test
run -q backup >/dev/null 2>&1
run -q schedule run watch >/dev/null 2>&1
journal=$(ls -t "$home"/state/operations/*/journal.jsonl | head -1)
cp "$journal" "$scratch/journal"
# As of a run that was killed before its last line.
sed -i '$d' "$journal"
: >"$scratch/told"
expect 'without its end it fails the hourly job' 24 'did not come to its end' -- run schedule run watch
is 'and people are told' "$(cards)" 1
expect 'it does each hour' 24 -- run schedule run watch
is 'and nobody is told again' "$(cards)" 0
cp "$scratch/journal" "$journal"
check 'once it is ended all is well' run -q schedule run watch

kill "$listener" && wait "$listener" 2>/dev/null
run audit >/dev/null 2>&1
saved=$port
python3 - "$scratch/port" "$scratch/told" "$saved" "$here" <<'PY' &
import sys
sys.path.insert(0, sys.argv[4])
import http.server, listener, pathlib, threading
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[3])), listener.Handler)
server.daemon_threads = True
server.log, server.lock = sys.argv[2], threading.Lock()
pathlib.Path(sys.argv[1] + ".again").write_text("x")
server.serve_forever()
PY
listener=$!
children+=("$listener")
for _ in $(seq 100); do [ -s "$scratch/port.again" ] && break; sleep 0.05; done
: >"$scratch/told"
run audit >/dev/null 2>&1
is 'what did not arrive is told the next time' "$(cards)" 1

# --- What is overdue, and clocks that were wrong --------------------------------------------------

home=$scratch/late
mkdir -p "$home/memory" "$home/other"
echo a >"$home/memory/a"
echo b >"$home/other/b"
stack "$home" <<YAML
components:
  memory: $home/memory
  other: $home/other
notify: {webhook: "file:$scratch/webhook.url"}
schedule: {backup: "02:00", prune: never, verify: never, drill: never, jitter: 0s}
YAML
cd "$home" || exit 1
# titles: what was told since the last look.
titles() {
    jq -r '.body | fromjson | .title' "$scratch/told" | paste -sd ';'
    : >"$scratch/told"
}
: >"$scratch/told"
later 0 01:00
run -q init
later 0 02:01
run -q schedule run backup
titles >/dev/null
mv other other.gone
later 1 02:01
run -q schedule run backup >/dev/null 2>&1
is 'a night that fails is told' "$(titles)" 'FAILED backup of test (exit 3)'
run -q backup memory
is 'a component by itself is no end of it' "$(titles)" ''
mv other.gone other
later 2 02:01
run -q schedule run backup
is 'the next whole night is' "$(titles)" 'RECOVERED backup of test'
printf '2026-03-20T00:00:00+00:00' >"$home/state/schedule-start"
# Nothing can be noted, as on a full disk.
mkdir -p "$home/state/overdue.new/x"
later 4 12:00
run schedule run watch >/dev/null 2>&1
is 'what is overdue and cannot be noted is told' "$(titles)" 'OVERDUE backup of test'
rm -r "$home/state/overdue.new"
run schedule run watch >/dev/null 2>&1
titles >/dev/null
run schedule run watch >/dev/null 2>&1
is 'else once' "$(titles)" ''
mv repository repository.away
later 4 13:00
run schedule run watch >/dev/null 2>&1
is 'a repository that is gone is no recovery' "$(titles)" ''
mv repository.away repository
later 5 02:01
run -q schedule run backup
is 'a backup is' "$(titles)" 'RECOVERED backup of test'
at '2031-01-01 02:01'
run -q schedule run backup
later 6 02:01
expect 'a clock that was wrong once puts off no night' 0 'OK backup test' -- run schedule run backup
later 6 02:05
expect 'nor is any had twice' 0 'ran at 2026-03-08' -- run schedule run backup

# --- What could not be counted ----------------------------------------------------------------------

home=$scratch/counted
mkdir -p "$home/memory"
python3 - "$home/memory/a.db" <<'PY'
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as base:
    base.execute("CREATE TABLE t(x)")
    base.executemany("INSERT INTO t VALUES (?)", [(number,) for number in range(500)])
PY
stack "$home" <<YAML
components: {memory: $home/memory}
YAML
cd "$home" || exit 1
later 0 01:00
run -q init
run -q backup
items() { run status --json 2>/dev/null | jq -r '.data.components[0] | "\(.items) \(.unit)"'; }
is 'rows are counted' "$(items)" '500 rows'
rm "$home/state/items.json"
mv repository/meta repository/meta.away
mv repository/index repository/index.away
is 'without the manifest only files are' "$(items)" '1 files'
mv repository/meta.away repository/meta
mv repository/index.away repository/index
is 'and rows once it is there again' "$(items)" '500 rows'

# --- A restore beside a prune -------------------------------------------------------------------------

home=$scratch/beside
mkdir -p "$home/memory"
stack "$home" <<YAML
components:
  memory: $home/memory
retention: {keep: {last: 1}, keep_verified: 3, trash_days: 1}
YAML
cd "$home" || exit 1
later 0 01:00
run -q init
mkdir "$home/memory/old"
for number in $(seq 400); do head -c 250000 /dev/urandom >"$home/memory/old/$number"; done
run -q backup
first=$(run list --ids | tail -1)
cp -a "$home/memory" "$scratch/as-it-was"
rm -r "$home/memory/old"
# As much of something else: what shrinks is pinned.
mkdir "$home/memory/new"
for number in $(seq 400); do head -c 250000 /dev/urandom >"$home/memory/new/$number"; done
for day in 1 2 3 4; do
    echo "$day" >"$home/memory/note"
    later "$day" 02:00
    run -q backup || fail "the backup of day $day" "$?"
done
run restore --snapshot "$first" --to "$scratch/out" >"$scratch/restored" 2>&1 &
restore=$!
children+=("$restore")
for _ in $(seq 400); do [ -d "$scratch/out" ] && break; sleep 0.002; done
pkill -STOP -P "$restore" 2>/dev/null
kill -STOP "$restore"
check 'a restore is at work' kill -0 "$restore"
check 'which has not come far' sh -c "test \$(find '$scratch/out' -type f | wc -l) -lt 300"
check 'and others see it' sh -c "test \$(ls '$home/repository/sessions' | wc -l) = 1"
later 5 03:30
run prune --yes >"$scratch/output" 2>&1
cp "$scratch/output" "$scratch/pruned"
run list --ids >"$scratch/ids"
check 'its snapshot goes meanwhile' sh -c "cat '$scratch/pruned'; test -s '$scratch/ids' && ! grep -q '$first' '$scratch/ids'"
later 20 03:30
run prune --yes >"$scratch/output" 2>&1
expect 'a look at --now says that nothing comes back' 0 'at once, without undelete' -- run prune --now --dry-run
run prune --now --confirm test/prune >"$scratch/output" 2>&1
before=$(bytes_below "$home/repository/packs")
check 'and its packs wait' test "$before" -gt 190000000
kill -CONT "$restore"
pkill -CONT -P "$restore" 2>/dev/null
wait "$restore"
is 'so that the restore comes to its end' $? 0
check 'with every byte' compare "$scratch/as-it-was" "$scratch/out/memory"
later 40 03:30
run prune --yes >"$scratch/output" 2>&1
check 'after it they go' test "$(bytes_below "$home/repository/packs")" -lt 130000000
check 'and nothing is left of it' sh -c "test -z \"\$(ls '$home/repository/sessions')\""
if [ "$(id -u)" = 0 ] && can_mount; then
    cat >"$scratch/read-only.sh" <<'SH'
mount --bind "$1/beside/repository" "$1/beside/repository"
mount -o remount,ro,bind "$1/beside/repository"
cd "$1/beside" && "$2" restore --snapshot latest --to "$1/from-read-only"
SH
    expect 'a repository that nobody may write to is restored from, with a warning' 0 'unheld' 'OK restored' -- \
        with_mounts sh "$scratch/read-only.sh" "$scratch" "$recover"
    check 'whole' compare "$home/memory" "$scratch/from-read-only/memory"
fi
finish
