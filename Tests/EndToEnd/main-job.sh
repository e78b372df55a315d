#!/usr/bin/env bash
# The main job on real input: live databases and every kind of file go into a repository and
# come back the same, with the program and without it.
. "$(dirname "$0")/support.sh"

home=$scratch/stack
data=$home/data
mkdir -p "$data/memory"
python3 "$here/make_files.py" "$data/files"
sqlite3 "$data/security.db" >/dev/null <<'SQL'
PRAGMA application_id = 77; PRAGMA user_version = 3;
CREATE TABLE role (name TEXT PRIMARY KEY);
CREATE TABLE principal (name TEXT PRIMARY KEY, role TEXT REFERENCES role);
INSERT INTO role VALUES ('admin'), ('reader');
INSERT INTO principal VALUES ('ann', 'admin'), ('eve', 'reader');
SQL
# A page size of its own, and content over many pages.
sqlite3 "$data/memory/large.db" >/dev/null <<'SQL'
PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;
CREATE TABLE entry (id INTEGER PRIMARY KEY, text TEXT);
WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
INSERT INTO entry SELECT i, hex(randomblob(200)) FROM n;
SQL
echo 'a plain file beside the databases' >"$data/memory/notes.txt"
stack "$home" <<YAML
components:
  memory: $data/memory
  rbac: {path: $data/security.db, required: true}
  files: $data/files
YAML
cd "$home" || exit 1

# --- With a writer at work ------------------------------------------------------------------

mkfifo "$scratch/ready"
python3 "$here/writer.py" "$data/memory/first.db" "$data/memory/second.db" >"$scratch/ready" &
writer=$!
children+=("$writer")
read -r _ <"$scratch/ready"

expect 'init makes the repository' 0 'repository' -- "$recover" init
expect 'init again changes nothing' 0 'there already' -- "$recover" init
# What changed within two seconds before a backup is read again by the next.
sleep 2.1
expect 'the first backup is whole' 0 'OK backup test' 'tag=2026.01.14' -- \
    "$recover" backup --tag 2026.01.14
expect 'a snapshot beside a writer comes back' 0 'every byte proven' -- \
    "$recover" restore --tag 2026.01.14 --to "$scratch/beside"

same_instant() {
    local first second
    first=$(sqlite3 "$scratch/beside/memory/first.db" 'PRAGMA integrity_check; SELECT max(id) FROM entry') || return 1
    second=$(sqlite3 "$scratch/beside/memory/second.db" 'PRAGMA integrity_check; SELECT max(id) FROM entry') || return 1
    echo "first: $first, second: $second"
    [ "${first%%$'\n'*}" = ok ] && [ "${second%%$'\n'*}" = ok ] || return 1
    first=${first##*$'\n'} second=${second##*$'\n'}
    [ "$first" -gt 0 ] && [ "$first" -ge "$second" ] && [ $((first - second)) -le 1 ]
}
check 'both databases are of one instant' same_instant
kill "$writer"
wait "$writer"

# --- At rest --------------------------------------------------------------------------------

sleep 2.1
"$recover" -q backup --tag 2026.01.15 >"$scratch/output" 2>&1
if [ $? = 0 ] && [ ! -s "$scratch/output" ]; then ok '--quiet says nothing on success'
else fail '--quiet says nothing on success'; fi

before=$(bytes_below repository)
json "$recover" backup --tag 2026.01.16
unchanged() {
    local added=$(($(bytes_below repository) - before))
    cat "$scratch/json"
    echo "the repository grew by $added bytes"
    [ "$(field .ok)" = true ] && [ "$(field '[.data.components[].read_bytes] | add')" = 0 ] &&
        [ "$added" -lt 20000 ]
}
check 'an unchanged backup reads nothing and adds less than 20 KB' unchanged

document() {
    cat "$scratch/json"
    jq -e '.schema == "recover/v1/backup" and .exit_code == 0 and .stack == "test"
        and (.started_at | test("^[0-9-]+T[0-9:]+[+-][0-9]{2}:[0-9]{2}$"))
        and .warnings == [] and .errors == [] and .data.complete and .data.tag == "2026.01.16"
        and (.data.components | map(.name) == ["files", "memory", "rbac"])
        and (.data.components | map(.databases) == [0, 3, 1])
        and (.data.components[1].consistency == "barrier")' "$scratch/json"
}
check 'the JSON document says what happened' document

expect 'everything is restored' 0 'every byte proven' -- \
    "$recover" restore --snapshot latest --to "$scratch/whole"
check 'files come back bit for bit' compare "$data/files" "$scratch/whole/files"
check 'databases come back as SQLite sees them' compare "$data/memory" "$scratch/whole/memory"
check 'a single file comes back under its name' cmp \
    <(sqlite3 "$data/security.db" .dump) <(sqlite3 "$scratch/whole/rbac/security.db" .dump)
check 'its identity and its foreign keys and versions hold' test \
    "$(sqlite3 "$scratch/whole/rbac/security.db" 'PRAGMA application_id; PRAGMA user_version; PRAGMA foreign_key_check')" \
    = $'77\n3'
check 'restore.sh restores without recover' sh repository/restore.sh latest "$scratch/by-hand"
# It leaves attributes out, and without rights set-user-id too, since it sets no owner then.
without=(--without xattrs)
[ "$(id -u)" = 0 ] || without+=(--without set-id)
check 'restore.sh: files come back' compare "${without[@]}" "$data/files" "$scratch/by-hand/files"
check 'restore.sh: databases come back' compare "$data/memory" "$scratch/by-hand/memory"
check 'the reader written from the document restores it' \
    python3 "$here/reader.py" repository latest "$scratch/by-reader"
check 'reader: files come back' compare "$scratch/whole/files" "$scratch/by-reader/files"
check 'reader: databases come back byte for byte' diff -r "$scratch/whole/memory" "$scratch/by-reader/memory"

checksums() {
    "$recover" manifest latest >"$scratch/SHA256SUMS" || return 1
    wc -l <"$scratch/SHA256SUMS"
    [ "$(wc -l <"$scratch/SHA256SUMS")" -gt 500 ] &&
        (cd "$scratch/whole" && sha256sum --check --strict --quiet "$scratch/SHA256SUMS")
}
check 'sha256sum checks a restored folder' checksums
for level in quick full deep; do
    expect "verify --level $level passes" 0 'OK' -- "$recover" verify --all --level "$level"
done

# --- A writer that died ---------------------------------------------------------------------

# Its log holds rows that the database file lacks; only SQLite may put them together.
mkdir "$data/died"
python3 - "$data/died/died.db" <<'PYTHON'
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("PRAGMA wal_autocheckpoint = 0")
connection.execute("CREATE TABLE entry (id INTEGER PRIMARY KEY, text TEXT)")
for number in range(1000):
    connection.execute("INSERT INTO entry VALUES (?, ?)", (number, "x" * 100))
os._exit(0)
PYTHON
sed -i "s|^components:|components:\n  died: $data/died|" recover.yaml
live() { (cd "$data" && sha256sum died/died.db died/died.db-wal security.db memory/large.db memory/notes.txt); }
before=$(live)
expect 'the log of a dead writer is read' 0 'OK backup' -- "$recover" backup died
expect 'and restored' 0 'every byte proven' -- \
    "$recover" restore --snapshot "$(find repository/snapshots -type f | sort | tail -1 | xargs basename -s .json)" died --to "$scratch/died"
check 'with the rows that were only in the log' test \
    "$(sqlite3 "$scratch/died/died/died.db" 'SELECT count(*) FROM entry')" = 1000
check 'the live files are as they were, the log too' test "$(live)" = "$before"

# --- After a change -------------------------------------------------------------------------

printf 'more\n' >>"$data/files/text.md"
rm "$data/files/noise.bin" "$data/files/hard/second"
mv "$data/files/small" "$data/files/renamed"
chmod 600 "$data/files/modes/0755"
ln -sfn elsewhere "$data/files/links/relative"
echo 'was a folder' >"$data/files/was" && rm -r "$data/files/deep" && mv "$data/files/was" "$data/files/deep"
sqlite3 "$data/memory/large.db" "UPDATE entry SET text = 'changed' WHERE id % 1000 = 0"
sleep 2.1
json "$recover" backup --tag 2026.01.17
changed() {
    cat "$scratch/json"
    # 20 rows are 20 pages; moved files are found by their content.
    [ "$(field .ok)" = true ] && [ "$(field .data.added_bytes)" -lt 2000000 ] &&
        [ "$(field '[.data.components[].read_bytes] | add')" -lt 40000000 ]
}
check 'a change costs what changed' changed
expect 'the change is restored' 0 'every byte proven' -- \
    "$recover" restore --tag 2026.01.17 --to "$scratch/changed"
check 'changed files come back' compare "$data/files" "$scratch/changed/files"
check 'changed databases come back' compare "$data/memory" "$scratch/changed/memory"
expect 'the day before is still there' 0 'every byte proven' -- \
    "$recover" restore --tag 2026.01.16 --to "$scratch/again"
check 'and it is the same as it was' compare "$scratch/whole/files" "$scratch/again/files"
check 'its databases too' compare "$scratch/whole/memory" "$scratch/again/memory"
expect 'one component alone' 0 'every byte proven' -- \
    "$recover" restore --snapshot latest rbac --to "$scratch/one"
check 'nothing else came with it' test "$(ls "$scratch/one")" = rbac

# --- The repository -------------------------------------------------------------------------

private() {
    find repository state \( -type d ! -perm 700 -o -type f ! -perm 600 \) -print | tee "$scratch/open"
    [ ! -s "$scratch/open" ]
}
check 'repository and state belong to their owner alone' private
check 'no unfinished file is left' test -z "$(find repository/tmp repository/sessions state/scratch -type f 2>/dev/null)"
rm -r repository/index
expect 'a lost index is made again' 0 'every byte proven' -- \
    "$recover" restore --tag 2026.01.14 files --to "$scratch/no-index"
mv repository elsewhere
chmod -R a-w elsewhere
expect 'a moved, read-only repository can be read' 0 'every byte proven' -- env \
    RECOVER_REPOSITORY="$home/elsewhere" "$recover" restore --snapshot latest memory --to "$scratch/read-only"
finish
