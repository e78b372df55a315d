#!/usr/bin/env bash
# Nights without a person: what schedule writes, what a real cron does with it, what systemd says of
# it, and that nothing runs twice.
. "$(dirname "$0")/support.sh"

home=$scratch/stack
mkdir -p "$home/memory" "$scratch/metrics"
sqlite3 "$home/memory/project.db" "CREATE TABLE t(x); INSERT INTO t VALUES (1), (2), (3);"
echo 'a note' >"$home/memory/note.txt"
# configure FURTHER: the stack, with a schedule that starts nothing by itself.
configure() {
    stack "$home" <<YAML
components:
  memory: $home/memory
metrics: $scratch/metrics/recover.prom
$1
YAML
}
configure ''
cd "$home" || exit 1
"$recover" -q init >"$scratch/output" 2>&1 || fail 'the stack is set up'

# --- Files for systemd ----------------------------------------------------------------------

root=$scratch/root
units=$root/etc/systemd/system
expect 'systemd gets a service and a timer for each job' 0 'test-backup.timer' 'runs by systemd' -- \
    "$recover" schedule install --systemd --root "$root"
check 'all of them are readable by everybody' sh -c \
    "test \$(find '$units' -name 'recover-test-*' -perm 644 | wc -l) = \$(ls '$units' | wc -l)"
check 'timers run late where the machine was off, and not all at once' sh -c \
    "grep -q '^Persistent=true' '$units/recover-test-backup.timer' && grep -q '^RandomizedDelaySec=600s' '$units/recover-test-backup.timer'"
check 'verification has a timer of its own' test -f "$units/recover-test-verify.timer"
check 'the repository and the state stay writable' sh -c \
    "grep -q '^ReadWritePaths=-$home/repository\$' '$units/recover-test-backup.service' && grep -q '^ReadWritePaths=-$home/state\$' '$units/recover-test-backup.service'"
if command -v systemd-analyze >/dev/null; then
    check 'systemd finds nothing wrong' sh -c \
        "cd '$units' && out=\$(systemd-analyze verify --man=no --recursive-errors=no ./recover-test-* 2>&1 | grep -F recover-test; true); echo \"\$out\"; test -z \"\$out\""
    systemd-analyze security --offline=true --no-pager "$units/recover-test-backup.service" >"$scratch/security" 2>&1
    grep -i 'overall exposure' "$scratch/security" | sed 's/^/hardening of the backup: /'
    systemd-analyze security --offline=true --no-pager "$units/recover-test-watch.service" 2>&1 |
        grep -i 'overall exposure' | sed 's/^/hardening of the hourly job: /'
    check 'the service is hardened' python3 - "$scratch/security" <<'PY'
import re, sys
score = float(re.search(r"exposure level for \S+: ([0-9.]+)", open(sys.argv[1]).read())[1])
sys.exit(0 if score <= 4.5 else f"{score} is too exposed")
PY
    expect 'calendar times are ones that systemd understands' 0 'Next elapse' -- \
        sh -c "grep -h '^OnCalendar=' '$units'/*.timer | cut -d= -f2- | sort -u | while read -r when; do systemd-analyze calendar \"\$when\" || exit 1; done"
else
    skip 'systemd on the units' 'no systemd-analyze'
fi
expect 'show names the next runs and the files' 0 'backup' '02:00' 'installed for systemd' -- \
    "$recover" schedule show --root "$root"
expect 'cron instead of systemd leaves nothing of systemd' 0 'runs by cron' -- \
    "$recover" schedule install --cron --root "$root"
check 'no unit is left' sh -c "test -z \"\$(ls '$units')\""
echo '# mine' >"$root/etc/cron.d/recover-test"
expect 'a foreign file is not replaced' 1 'was not written by recover' -- \
    "$recover" schedule install --cron --root "$root"
rm "$root/etc/cron.d/recover-test"
"$recover" -q schedule install --cron --root "$root"
sed -i '$d' "$root/etc/cron.d/recover-test"
expect 'a file that was changed is named' 0 'outdated' 'schedule install writes' -- \
    "$recover" schedule show --root "$root"
expect 'remove says what went' 0 'removed' 'nothing of test runs by the clock' -- \
    "$recover" schedule remove --root "$root"
check 'remove leaves nothing' sh -c "test -z \"\$(find '$root' -type f)\""
expect 'removing nothing is no error' 0 'nothing of test' -- "$recover" schedule remove --root "$root"
expect 'a dry run writes nothing' 0 'would write' -- "$recover" -n schedule install --cron --root "$root"
check 'and so there is nothing' sh -c "test -z \"\$(find '$root' -type f)\""
configure 'notify: {teams: "env:TEAMS_URL"}'
expect 'a secret of this shell is none of the clock' 0 'TEAMS_URL' 'file:PATH' -- \
    "$recover" schedule install --cron --root "$root"
configure 'schedule: {backup: "25:00"}'
expect 'a time that is none' 78 'schedule' '02:00' -- "$recover" schedule show
configure 'schedule: {drill: never, verify: "Sun 04:00"}'
"$recover" -q schedule install --cron --root "$root"
check 'what never runs has no line' sh -c "! grep -q 'run drill' '$root/etc/cron.d/recover-test' && grep -q '^0 4 \* \* 0 .*run verify' '$root/etc/cron.d/recover-test'"

# --- Alerts and dashboard -------------------------------------------------------------------

monitoring=$here/../../docs/monitoring
if command -v promtool >/dev/null; then
    check 'Prometheus takes the rules' promtool check rules "$monitoring/recover.rules.yml"
    check 'each of them fires when it should, and only then' promtool test rules "$here/../Fixtures/monitoring/rules.test.yml"
else
    skip 'rules' 'no promtool'
fi
check 'the dashboard is JSON with a query in each panel' jq -e '.panels | length > 0 and all(.targets | length > 0)' "$monitoring/recover.dashboard.json"

# --- Once for each night --------------------------------------------------------------------

# clock MINUTES: the time of day so many minutes from now.
clock() { date -d "$1 minutes" +%H:%M; }
snapshots() { "$recover" list --ids | wc -l; }
configure "schedule: {backup: \"$(clock -5)\", prune: never, verify: never, drill: never, jitter: 0s}"
expect 'a job that is due runs' 0 'OK backup test' -- "$recover" schedule run backup
expect 'and only once' 0 'ran at' 'already' -- "$recover" schedule run backup
check 'which is seen in the repository' test "$(snapshots)" = 1
sleep 1
exec 9>"$home/state/schedule-backup.lock"
flock 9
expect 'never two at one time' 75 'at work already' -- "$recover" schedule run backup
exec 9>&-
rm "$home/state/operations.jsonl"
exec 9<>"$home/state/lock"
flock 9
("$recover" -q schedule run backup --json 9>&- >"$scratch/waited" 2>&1; echo "$?" >"$scratch/code") 9>&- &
sleep 1.5
check 'what overlaps another run waits' sh -c "! test -e '$scratch/code'"
exec 9>&-
wait $!
check 'and then runs' sh -c "test \"\$(cat '$scratch/code')\" = 0 && jq -e .ok '$scratch/waited'"

if command -v promtool >/dev/null; then
    check 'Prometheus takes the metrics' sh -c "promtool check metrics <'$scratch/metrics/recover.prom'"
fi

# What was missed: the machine was off at the time, and the hourly job comes later.
configure "schedule: {backup: \"$(clock -90)\", prune: never, verify: never, drill: never, jitter: 0s}"
rm "$home/state/operations.jsonl"
date -d '-1 day' +%Y-%m-%dT%H:%M:%S%:z | tr -d '\n' >"$home/state/schedule-start"
expect 'a missed night is caught up' 0 'ran what was missed' 'backup' -- "$recover" schedule run watch
expect 'once' 0 'nothing was missed' -- "$recover" schedule run watch
date +%Y-%m-%dT%H:%M:%S%:z | tr -d '\n' >"$home/state/schedule-start"
rm "$home/state/operations.jsonl"
expect 'what was due before the installation was not missed' 0 'nothing was missed' -- "$recover" schedule run watch
expect 'a job that nobody has' 64 'backup' -- "$recover" schedule run nothing
expect 'a job that never runs is put off' 75 'never runs' -- "$recover" schedule run drill

# --- A real cron ----------------------------------------------------------------------------

if [ "$(id -u)" != 0 ] || ! command -v cron >/dev/null || ! can_mount; then
    skip 'a real cron' 'needs root, cron and mounts'
    finish
fi
# In a world of its own: its folder of tables, its mail, and no other stack of this machine.
cat >"$scratch/sendmail" <<SH
#!/bin/sh
{ date +%s; cat; echo; } >>"$scratch/mail"
SH
chmod 755 "$scratch/sendmail"
cat >"$scratch/with-cron" <<'SH'
set -e
scratch=$1 home=$2 recover=$3
mkdir -p "$scratch/cron.d" "$scratch/spool"
mount --bind "$scratch/cron.d" /etc/cron.d
mount --bind "$scratch/spool" /var/spool/cron
mkdir -p "$scratch/spool/crontabs"
mount -t tmpfs tmpfs /run
mkdir -p /run/lock
if ! [ -e /usr/sbin/sendmail ]; then
    # A layer over the folder, so that the machine gets no such program.
    mount -t tmpfs tmpfs /mnt
    mkdir /mnt/upper /mnt/work
    mount -t overlay overlay -o lowerdir=/usr/sbin,upperdir=/mnt/upper,workdir=/mnt/work /usr/sbin
    : >/usr/sbin/sendmail
fi
mount --bind "$scratch/sendmail" /usr/sbin/sendmail
mount --bind /dev/null /etc/crontab
cd "$home"
"$recover" -q schedule install --cron
cron -f &
cron=$!
trap 'kill $cron 2>/dev/null' EXIT
for _ in $(seq 150); do
    [ "$(grep -c '"verb":"backup"' state/operations.jsonl 2>/dev/null || true)" -ge 1 ] && break
    sleep 1
done
sleep 3
SH
# night WHAT: installs the schedule for the next minute and lets cron run it.
night() {
    rm -f "$home/state/operations.jsonl" "$scratch/mail"
    # Not so near that cron misses it.
    local ahead=1
    [ "$(date +%-S)" -lt 50 ] || ahead=2
    configure "schedule: {backup: \"$(clock $ahead)\", prune: never, verify: never, drill: never, jitter: 0s}"
    with_mounts sh "$scratch/with-cron" "$scratch" "$home" "$recover" >"$scratch/output" 2>&1
    : >>"$scratch/mail"
}
before=$(snapshots)
night
check 'cron took the backup' test "$(snapshots)" = $((before + 1))
check 'and mailed nothing' test ! -s "$scratch/mail"
mv "$home/memory" "$home/away"
night
check 'on failure it mails the story' sh -c \
    "grep -q '^Subject: .*recover' '$scratch/mail' && grep -q 'memory' '$scratch/mail' && grep -q 'State now: ' '$scratch/mail' && grep -q 'Next: ' '$scratch/mail'"
check 'in one mail' test "$(grep -c '^Subject: ' "$scratch/mail")" = 1
mv "$home/away" "$home/memory"
finish
