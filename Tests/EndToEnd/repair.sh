#!/usr/bin/env bash
# A repository is damaged in every way that a disk and its owner know. What the live files still
# have comes back, in old snapshots too; what they lack is named, and the rest is kept.
. "$(dirname "$0")/support.sh"

home=$scratch/stack
data=$home/data
mkdir -p "$data/files" "$data/memory"
stack "$home" <<YAML
components:
  files: $data/files
  memory: $data/memory
YAML
cd "$home" || exit 1

head -c 3000000 /dev/urandom >"$data/files/weights.bin"
head -c 2000000 /dev/urandom >"$data/files/other.bin"
seq 20000 >"$data/files/text.md"
for number in $(seq 40); do echo "note $number" >"$data/files/note-$number"; done
sqlite3 "$data/memory/memory.db" "CREATE TABLE entry (id INTEGER PRIMARY KEY, text TEXT);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000)
    INSERT INTO entry SELECT i, hex(randomblob(60)) FROM n"
"$recover" -q init >"$scratch/said" 2>&1
check 'the first day' "$recover" backup --tag 2026.01.14
find repository/packs -type f | sort >"$scratch/first-packs"
find repository/meta -type f | sort >"$scratch/first-meta"
head -c 1000000 /dev/urandom >"$data/files/second-day.bin"
echo 'one more line' >>"$data/files/text.md"
sqlite3 "$data/memory/memory.db" "UPDATE entry SET text = 'changed' WHERE id % 1000 = 0"
sleep 2.1
check 'the second day' "$recover" backup --tag 2026.01.15
for day in 14 15; do
    check "restored as it was on day $day" "$recover" restore --tag "2026.01.$day" --to "$scratch/day-$day"
done
cp -a repository "$scratch/whole"

# --- Words ------------------------------------------------------------------------------------

# whole_again: a copy of the repository as it was before any damage.
whole_again() { rm -rf repository && cp -a "$scratch/whole" repository; }

sums() { find repository -type f -print0 | sort -z | xargs -0 sha256sum; }

# flip FILE POSITION: flips a bit.
flip() {
    python3 - "$1" "$2" <<'PYTHON'
import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(int(sys.argv[2]))
    byte = file.read(1)[0]
    file.seek(int(sys.argv[2]))
    file.write(bytes([byte ^ 4]))
PYTHON
}

# flip_content FILE: flips bits of a pack at three places where it holds these bytes of a file.
flip_content() {
    python3 - "$1" repository/packs <<'PYTHON'
import pathlib, sys
content = pathlib.Path(sys.argv[1]).read_bytes()
flipped = 0
for pack in pathlib.Path(sys.argv[2]).rglob("*.tar"):
    held = bytearray(pack.read_bytes())
    for part in (1, 2, 3):
        position = held.find(content[part * len(content) // 4:][:64])
        if position >= 0:
            held[position] ^= 1 << part
            flipped += 1
    pack.write_bytes(held)
sys.exit(flipped == 0)
PYTHON
}

# same_as_before: both days come back bit for bit.
same_as_before() {
    local day
    for day in 14 15; do
        rm -rf "$scratch/now"
        "$recover" restore --tag "2026.01.$day" --to "$scratch/now" || return 1
        compare "$scratch/day-$day/files" "$scratch/now/files" || return 1
        compare "$scratch/day-$day/memory" "$scratch/now/memory" || return 1
    done
}

# planned WHAT FRAGMENT…: verify finds the damage, and a dry run says what would be done.
planned() {
    local what=$1 before after
    shift
    before=$(sums)
    expect "$what: the plan" "${plan_code:-20}" "$@" 'Nothing was done: this was a dry run.' -- \
        "$recover" repair --dry-run
    after=$(sums)
    check "$what: a dry run changes nothing" test "$before" = "$after"
}

# healed WHAT: repair makes everything as it was.
healed() {
    expect "$1: repaired" 0 'OK repaired: every snapshot is proven whole' -- "$recover" repair --yes
    expect "$1: every byte is proven" 0 'OK' -- "$recover" verify --all --level deep
    check "$1: both days are as they were" same_as_before
    expect "$1: a second repair finds nothing" 0 'OK nothing is to be repaired' -- "$recover" repair --yes
}

# --- What comes back --------------------------------------------------------------------------

expect 'nothing is wrong with a whole repository' 0 'OK nothing is to be repaired' -- "$recover" repair --yes

check 'bits of a pack are flipped' flip_content "$data/files/weights.bin"
expect 'flipped: verify names the file' 20 'weights.bin' 'in 2 snapshots' -- "$recover" verify --all --level deep
planned flipped 'would replace packs/'
expect 'flipped: without a word of consent nothing is done' 26 -- "$recover" repair
healed flipped

whole_again
second=$(find repository/packs -type f | sort | comm -13 "$scratch/first-packs" - | head -1)
check 'a pack is deleted' rm "$second"
expect 'deleted: verify says so' 20 "$(basename "$second")" 'missing' -- "$recover" verify --all
planned deleted 'would take from a live file'
healed deleted

whole_again
rm -r repository/index
plan_code=0 planned 'no index' 'would make anew index/'
healed 'no index'

whole_again
document=$(find repository/snapshots -name '*.json' | sort | head -1)
flip "$document" 60
expect 'document: verify names it' 20 "$(basename "$document")" -- "$recover" verify --all --level quick
planned document 'one bit of it was flipped'
healed document
check 'document: it is what it was' cmp "$document" "$scratch/whole/${document#repository/}"

# --- What does not ----------------------------------------------------------------------------

whole_again
flip_content "$data/files/weights.bin"
mv "$data/files/weights.bin" "$scratch/weights.bin"
expect 'lost: repair says what, and ends with 20' 20 'has lost files/weights.bin' 'recover backup --reread' -- \
    "$recover" repair --yes
json "$recover" repair --yes
named() {
    cat "$scratch/json"
    [ "$(field '[.data.damage[].touches[] | select(.path != null) | .path] | unique | join(" ")')" = weights.bin ] &&
        [ "$(field '[.data.damage[].touches[].snapshot] | unique | length')" = 2 ]
}
check 'lost: one file in two snapshots, nothing else' named
rest() {
    local day
    for day in 14 15; do
        rm -rf "$scratch/now"
        "$recover" restore --snapshot "$(id_of "$day")" --to "$scratch/now"
        [ $? = 20 ] || return 1
        [ ! -e "$scratch/now/files/weights.bin" ] || return 1
        compare "$scratch/day-$day/memory" "$scratch/now/memory" || return 1
        cp -p "$scratch/day-$day/files/weights.bin" "$scratch/now/files/"
        touch -r "$scratch/day-$day/files" "$scratch/now/files"
        compare "$scratch/day-$day/files" "$scratch/now/files" || return 1
    done
}
id_of() { jq -r --arg tag "2026.01.$1" 'select(.tag == $tag) | .id' repository/snapshots/*.json; }
check 'lost: everything else comes back' rest
mv "$scratch/weights.bin" "$data/files/weights.bin"
touch -r "$scratch/day-15/files" "$data/files"
healed 'lost and found'

whole_again
rm "$(find repository/meta -type f | sort | comm -13 "$scratch/first-meta" - | head -1)"
expect 'manifest: what it listed is lost' 20 'has lost files (manifest of every file)' -- "$recover" repair --yes
expect 'manifest: the day before is not' 0 'every byte proven' -- \
    "$recover" restore --tag 2026.01.14 --to "$scratch/before"
check 'manifest: a backup makes a whole snapshot again' "$recover" backup --reread --tag 2026.01.16
expect 'manifest: of all that is live' 0 'every byte proven' -- \
    "$recover" restore --tag 2026.01.16 --to "$scratch/after"
check 'manifest: as it was' compare "$scratch/day-15/files" "$scratch/after/files"
check 'manifest: the database too' compare "$scratch/day-15/memory" "$scratch/after/memory"

# --- Killed in the middle ---------------------------------------------------------------------

RANDOM=20261121
kills=0
for number in $(seq "${KILLS:-4}"); do
    whole_again
    flip_content "$data/files/weights.bin"
    rm -r repository/index "$second"
    flip "$document" 60
    for attempt in 1 2; do
        "$recover" --no-progress -q repair --yes >"$scratch/said" 2>&1 &
        pid=$!
        sleep "0.$(printf '%03d' $((RANDOM % ${KILL_MILLISECONDS:-400})))"
        kill -KILL "$pid" 2>/dev/null && kills=$((kills + 1))
        wait "$pid" 2>/dev/null
    done
    "$recover" -q repair --yes >"$scratch/output" 2>&1 || fail "killed $number times" 'it is not repaired'
    same_as_before >"$scratch/output" 2>&1 || fail "killed $number times" 'something is lost'
done
check "killed $kills times, nothing was lost" test "$kills" -gt 0
expect 'killed: every byte is proven' 0 'OK' -- "$recover" verify --all --level deep
finish
