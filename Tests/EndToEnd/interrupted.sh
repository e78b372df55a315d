#!/usr/bin/env bash
# A backup that is killed or stopped publishes nothing, loses nothing, and the next one goes on
# from the packs that are there.
. "$(dirname "$0")/support.sh"

home=$scratch/stack
mkdir -p "$home/data"
head -c 12000000 /dev/urandom >"$home/data/first.bin"
stack "$home" <<YAML
components:
  data: $home/data
YAML
cd "$home" || exit 1
"$recover" -q init >"$scratch/said" 2>&1
expect 'a first snapshot' 0 'OK backup' -- "$recover" backup
for number in 1 2 3 4 5 6; do
    head -c 70000000 /dev/urandom >"$home/data/large-$number.bin"
done
sleep 2.1

snapshots() { find repository/snapshots -type f | wc -l; }
packs() { find repository/packs -name '*.tar' -printf '%s\n' | awk '{ sum += $1 } END { printf "%d", sum }'; }

# stop_after_packs SIGNAL COUNT: starts a backup and sends a signal once so many packs are there.
stop_after_packs() {
    local number=$2 waited=0
    # A shell starts jobs in the background with SIGINT ignored.
    env --default-signal=INT "$recover" --no-progress backup >"$scratch/said" 2>&1 &
    local pid=$!
    while [ "$(find repository/packs -name '*.tar' | wc -l)" -lt "$number" ] && [ $waited -lt 3000 ]; do
        sleep 0.01
        waited=$((waited + 1))
    done
    kill "-$1" "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
}

stop_after_packs KILL 3
status=$?
at_kill=$(packs)
if [ "$status" = 137 ]; then ok 'killed in the middle'; else fail 'killed in the middle' "it ended with $status"; fi
check 'a killed backup publishes nothing' test "$(snapshots)" = 1
expect 'the earlier snapshot can be restored' 0 'every byte proven' -- \
    "$recover" restore --snapshot latest --to "$scratch/earlier"
check 'and is what it was' cmp "$home/data/first.bin" "$scratch/earlier/data/first.bin"

stop_after_packs TERM 4
status=$?
at_term=$(packs)
if [ "$status" = 143 ]; then ok 'SIGTERM ends with 143'; else fail 'SIGTERM ends with 143' "it ended with $status"; fi
check 'it says what state things are in' grep 'State now: no snapshot was published' "$scratch/said"
check 'a stopped backup publishes nothing' test "$(snapshots)" = 1
stop_after_packs INT 5
status=$?
if [ "$status" = 130 ]; then ok 'SIGINT ends with 130'; else fail 'SIGINT ends with 130' "it ended with $status"; fi

json "$recover" backup
reused() {
    local added total
    cat "$scratch/json" "$scratch/errors"
    added=$(field .data.added_bytes) total=$(bytes_below data)
    echo "added $added of $total, $at_kill were there after the kill and $at_term after TERM"
    # What was packed before the kill is not packed again; the pack in the making is lost.
    [ "$(field .ok)" = true ] && [ "$at_kill" -gt 100000000 ] && [ $((added + at_kill)) -lt $((total + 80000000)) ]
}
check 'the next run goes on from the packs that are there' reused
expect 'and its snapshot is restored' 0 'every byte proven' -- \
    "$recover" restore --snapshot latest --to "$scratch/whole"
check 'bit for bit' compare "$home/data" "$scratch/whole/data"

# A hole takes no room on the disk, and minutes to be hashed.
truncate -s 500G data/hole
"$recover" backup >"$scratch/said" 2>&1 &
pid=$!
sleep 2
kill -TERM $pid
stops() { timeout 10 tail --pid=$pid -f /dev/null; }
check 'a backup stops in the middle of a hole' stops
kill -KILL $pid 2>/dev/null
wait $pid
status=$?
if [ "$status" = 143 ]; then ok 'and says so'; else fail 'and says so' "it ended with $status"; fi
rm data/hole

echo 'hooks: {before_backup: [[sleep, "2"]]}' >>recover.yaml
(trap '' HUP && exec "$recover" backup) >"$scratch/said" 2>&1 &
pid=$!
sleep 1
kill -HUP $pid
wait $pid
status=$?
if [ "$status" = 0 ]; then ok 'nohup is honoured'; else fail 'nohup is honoured' "it ended with $status"; fi
check 'no copy of a database is left behind' test -z "$(find state/scratch -type f 2>/dev/null)"
finish
