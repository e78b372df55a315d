#!/usr/bin/env bash
# A disk that is really full: a prune frees it by the reserve that an earlier one has put by.
. "$(dirname "$0")/support.sh"

if ! can_mount; then
    skip 'a full disk' 'no mounts here'
    ok 'nothing else is in this script'
    finish
fi
# In a world of mounts of its own; what it has to say goes through the same words.
if [ -z "${FULL_DISK:-}" ]; then
    clean
    trap - EXIT
    FULL_DISK=1 with_mounts "${BASH_SOURCE[0]}"
    exit
fi

home=$scratch/stack
disk=$scratch/disk
mkdir -p "$home/data" "$disk"
mount -t tmpfs -o size=96m tmpfs "$disk" || { fail 'a small disk' 'it cannot be mounted'; finish; }
stack "$home" <<YAML
components:
  data: $home/data
retention: {keep: {last: 1}}
YAML
sed -i "s|^repository: .*|repository: $disk/repository|" "$home/recover.yaml"
cd "$home" || exit 1
"$recover" -q init >"$scratch/output" 2>&1 || fail 'the stack is set up'
for night in 1 2 3 4 5 6; do
    head -c 6000000 /dev/urandom >"$home/data/large.bin"
    head -c 300000 /dev/urandom >"$home/data/kept-$night.bin"
    "$recover" -q backup >"$scratch/output" 2>&1 || fail "night $night"
done

# free: bytes that are left on the disk. fill: until nothing is.
free() { df -P -B1 "$disk" | awk 'NR == 2 { print $4 }'; }
fill() { head -c 200000000 /dev/zero >>"$disk/filler" 2>/dev/null; [ "$(free)" -lt 4096 ]; }
# blocks FILE: what it takes of the disk.
blocks() { echo $(($(stat -c '%b * %B' "$1"))); }

expect 'a prune puts a reserve by' 0 '3 of 6 snapshots stay' -- "$recover" prune --yes
check 'which takes real room' test "$(blocks "$disk/repository/reserve")" -ge 1048576
check 'the disk is full' fill
head -c 6000000 /dev/urandom >"$home/data/large.bin"
expect 'a backup says so' 13 'No space' -- "$recover" backup
check 'nothing is left of it but what the disk takes' fill
expect 'the nightly prune leaves all as it is' 27 'recover prune --now' -- "$recover" prune --yes
expect 'a prune at once needs a word' 26 -- "$recover" prune --now
expect 'and frees the disk' 0 '3 of 3 snapshots stay' -- \
    "$recover" prune --now --confirm test/prune
check 'by what three nights took' test "$(free)" -ge 15000000
check 'and puts a reserve by again' test "$(blocks "$disk/repository/reserve")" -ge 1048576
expect 'nothing can be brought back' 0 -- sh -c "test -z \"\$(ls '$disk/repository/condemned')\""
expect 'the next backup has room' 0 'OK backup' -- "$recover" backup
expect 'all that stays is sound' 0 -- "$recover" verify --all --level deep
expect 'and comes back' 0 'every byte proven' -- "$recover" restore --snapshot latest --to "$scratch/back"
check 'as it was' diff -r "$home/data" "$scratch/back/data"

# Full from the very first byte: without a reserve there must still be a word about it.
check 'the disk is full again' fill
rm -f "$disk/repository/reserve"
check 'without a reserve, too' fill
"$recover" prune --now --confirm test/prune >"$scratch/output" 2>&1
status=$?
case $status in
0 | 13) ok 'a prune without a reserve ends as it should' ;;
*) fail 'a prune without a reserve ends as it should' "it ended with $status" ;;
esac
rm "$disk/filler"
expect 'with room again all is sound' 0 -- "$recover" verify --all --level deep
expect 'and a prune goes on' 0 -- "$recover" prune --now --confirm test/prune
cd / && umount "$disk"
finish
