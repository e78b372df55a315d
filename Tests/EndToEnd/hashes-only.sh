#!/usr/bin/env bash
# `store: manifest`: only the hashes of files that can be fetched elsewhere are kept, and nobody is
# told otherwise. And models that are plain files with `.sha256` files beside them.
. "$(dirname "$0")/support.sh"

home=$scratch/stack
models=$home/models
weights=$home/weights
mkdir -p "$models" "$weights" "$home/source/deep" "$home/notes"
# config STORE: the same stack with content, or only hashes, of both kinds of models.
config() {
    stack "$home" <<YAML
components:
  models: {versions: $models, store: $1}
  weights: {path: "$weights/*.gguf*", store: $1}
  notes: $home/notes
YAML
}
config manifest
cd "$home" || exit 1
echo kept >notes/text
sqlite3 "$weights/facts.gguf.db" 'create table t(a); insert into t values (1)'
for name in small large; do head -c 3000000 /dev/urandom >"$weights/$name.gguf"; done
: >"$weights/empty.gguf"
printf x >"$weights/odd
\\name.gguf"
(cd weights && sha256sum large.gguf >large.gguf.sha256)
head -c 5000000 /dev/urandom >source/model.bin
echo words >source/deep/vocab.txt
"$recover" -q init >"$scratch/said" 2>&1
"$recover" -q models publish source --version 202601100900
tail -c 2000000 source/model.bin >source/new && mv source/new source/model.bin
"$recover" -q models publish source --version 202601110900
"$recover" -q models switch 202601110900 -y
ln -s 202601100900 models/older

# Younger files prove nothing about later changes, and the next run would read them again.
sleep 2.2

# --- What is kept ----------------------------------------------------------------------------
expect 'a backup says what it keeps as hashes only' 0 \
    'models: 8 files' '4 files of 7.0 MB as hashes only' '3 files of 6.0 MB as hashes only' -- "$recover" backup
check 'the repository does not grow by the content' test "$(bytes_below repository)" -lt 500000
json "$recover" show latest
check 'the snapshot is complete' test "$(field .data.complete)" = true
check 'and counts what is elsewhere' test "$(field '[.data.components[] | .elsewhere | select(.) | .files] | add')" = 7
json "$recover" list
check 'the list gives the size of what is kept' test "$(field '.data.snapshots[0].size_bytes < 100000')" = true
expect 'show says it' 0 'are kept as hashes only' -- "$recover" show latest
expect 'verify passes and says what it cannot prove' 0 'no damage' 'kept as hashes only' \
    'recover manifest' -- "$recover" verify --all --level deep
json "$recover" verify --all --level deep
check 'in its document, too' test "$(field '[.data.elsewhere[] | .size_bytes] | add')" = 13000013
"$recover" manifest latest --elsewhere >"$scratch/wanted"
check 'manifest --elsewhere lists the files to fetch' test "$(wc -l <"$scratch/wanted")" = 7
before=$(bytes_below repository)
json "$recover" backup
check 'an unchanged run reads nothing' test "$(field '[.data.components[].read_bytes] | add')" = 0
check 'and keeps the hashes' test "$(field '[.data.components[] | .elsewhere | select(.) | .files] | add')" = 7

# --- Restores elsewhere ----------------------------------------------------------------------
# returns NAME DIR: what a restore made must be right, and its list must check what is fetched.
returns() {
    local name=$1 dir=$2
    check "$name lists the same files to fetch" cmp "$scratch/wanted" "$dir/FETCH.sha256"
    check "$name makes none of them" sh -c "test ! -e '$dir/weights/large.gguf' -a ! -e '$dir/models/202601100900/model.bin'"
    check "$name brings the rest" sh -c "cd '$dir' && cmp notes/text '$home/notes/text' && cmp weights/large.gguf.sha256 '$weights/large.gguf.sha256' &&
        cmp models/202601100900/MANIFEST.sha256 '$models/202601100900/MANIFEST.sha256' && test -e models/202601100900/_SUCCESS &&
        test -e weights/empty.gguf -a \"\$(readlink models/current)\" = 202601110900 && sqlite3 weights/facts.gguf.db 'select a from t'"
    check "$name leads to a list that fails" sh -c "cd '$dir' && ! sha256sum --quiet -c FETCH.sha256"
    cp "$weights"/*.gguf "$dir/weights/" && cp -r "$models"/2026* "$dir/models/"
    check "$name leads to a list that passes once all is fetched" sh -c "cd '$dir' && sha256sum --quiet --strict -c FETCH.sha256"
}
expect 'a restore elsewhere ends with 3' 3 'INCOMPLETE restored' 'to fetch' '7 files of 13.0 MB are not in the repository' \
    'sha256sum -c FETCH.sha256' -- "$recover" restore --snapshot latest --to "$scratch/one"
returns 'the restore' "$scratch/one"
expect 'a restore of what is here ends with 0' 0 'OK restored notes' -- "$recover" restore --snapshot latest notes --to "$scratch/two"
check 'and writes no list' test ! -e "$scratch/two/FETCH.sha256"
expect 'a dry run says it' 0 'would list 7 files of 13.0 MB to fetch' -- \
    "$recover" restore --snapshot latest --to "$scratch/three" --dry-run
expect 'restore.sh names them' 1 '7 files of 13000013 bytes are not in the repository' -- \
    sh -c "sh repository/restore.sh latest '$scratch/four'; status=\$?; echo 'State now: restored'; exit \$status"
sort -k2 "$scratch/four/FETCH.sha256" >"$scratch/sorted" && sort -k2 "$scratch/wanted" >"$scratch/wanted.sorted"
check 'in the same list' cmp "$scratch/sorted" "$scratch/wanted.sorted"
cp "$scratch/wanted" "$scratch/four/FETCH.sha256"
returns 'restore.sh' "$scratch/four"
expect 'the independent reader names them' 1 'only its hash was kept' 'NOT all restored' -- \
    sh -c "python3 '$here/reader.py' repository latest '$scratch/five'; status=\$?; echo 'State now: restored'; exit \$status"
sort -k2 "$scratch/five/FETCH.sha256" >"$scratch/sorted"
check 'in the same list, too' cmp "$scratch/sorted" "$scratch/wanted.sorted"
expect 'an archive ends with 3' 3 '7 files of 13.0 MB are not in the archive' 'Next: recover manifest' -- \
    "$recover" export latest -o "$scratch/all.tar.gz"
check 'and holds the rest' sh -c "tar tzf '$scratch/all.tar.gz' | grep -q models/202601100900/MANIFEST.sha256"
check 'and nothing else' sh -c "! tar tzf '$scratch/all.tar.gz' | grep -q model.bin"

# --- Restores in place -----------------------------------------------------------------------
expect 'files cannot be put back from hashes' 1 'has only the hashes' '--to DIR' -- \
    "$recover" restore --snapshot latest weights --data-only --confirm test
check 'and stay as they are' cmp "$weights/large.gguf" "$scratch/one/weights/large.gguf"
expect 'whole versions stay as they are' 0 'staged and proven' -- \
    "$recover" restore --snapshot latest models notes --data-only --confirm test
rm -r models/202601110900
ln -sfn 202601100900 models/current
expect 'a version that is gone is named' 3 'version 202601110900 of models was not put back' \
    '2 files of 2.0 MB' 'no link leads to these' -- \
    "$recover" restore --snapshot latest models --data-only --confirm test
check 'and is not half there' test ! -e models/202601110900
expect 'so is it where data and services come back' 3 'version 202601110900 of models was not put back' \
    '2 files of 2.0 MB' 'no link leads to these' 'INCOMPLETE restore' -- \
    "$recover" restore --snapshot latest models notes --confirm test
check 'which is in the record' test "$("$recover" log --json | jq -r '.data.operations[-1] | "\(.exit_code) \(.result)"')" = '3 incomplete'
check 'and no link leads to it' test "$(readlink models/current)" = 202601100900
check 'another link is as it was' test "$(readlink models/older)" = 202601100900
"$recover" -q models publish source --version 202601110900
"$recover" -q models switch 202601110900 -y

# Links of every form, to a version that is gone and whose bytes are nowhere.
# lost NAME TARGET: with `current` as that, a backup, a switch, the loss and a restore.
lost() {
    rm "$models/current" && ln -s "$2" "$models/current"
    sleep 1.1
    "$recover" -q backup >"$scratch/output" 2>&1
    "$recover" -q models switch 202601100900 -y
    mv "$models/202601110900" "$scratch/gone"
    expect "$1 is not led to what is not there" 3 'version 202601110900 of models was not put back' \
        'the link current stays as it is' -- "$recover" restore --snapshot latest models --data-only --confirm test
    check "$1 leads to what it did" test "$(readlink "$models/current")" = 202601100900
    mv "$scratch/gone" "$models/202601110900"
}
lost 'an absolute link' "$models/202601110900"
lost 'a link by another way' ../models/./202601110900
ln -s "$models/202601110900" "$models/stable"
lost 'a chain of links' stable
rm "$models/stable"
echo loose >"$models/x.gguf"
"$recover" -q models switch 202601110900 -y
"$recover" -q backup >"$scratch/output" 2>&1
expect 'an untouched file beside the versions is no loss' 0 'OK restored' -- \
    "$recover" restore --snapshot latest models --data-only --confirm test
rm "$models/x.gguf"
expect 'one that is gone is' 3 'file x.gguf of models was not put back' -- \
    "$recover" restore --snapshot latest models --data-only --confirm test
rm "$models/current" && echo 202601110900 >"$models/current"
"$recover" -q backup >"$scratch/output" 2>&1
echo 202601100900 >"$models/current"
mv "$models/202601110900" "$scratch/gone"
expect 'a pointer file is not led there, either' 3 'was not put back' -- \
    "$recover" restore --snapshot latest models --data-only --confirm test
check 'and names what it did' test "$(cat "$models/current")" = 202601100900
mv "$scratch/gone" "$models/202601110900"
rm "$models/current" && ln -s 202601110900 "$models/current"

# --- To and fro ------------------------------------------------------------------------------
config content
json "$recover" backup
check 'with store: content the bytes are kept' test "$(bytes_below repository)" -gt 10000000
check 'and nothing is elsewhere' test "$(field '[.data.components[] | .elsewhere | select(.)] | length')" = 0
expect 'and all comes back' 0 'OK restored' -- "$recover" restore --snapshot latest --to "$scratch/six"
check 'with its bytes' cmp "$scratch/six/models/202601110900/model.bin" source/model.bin
config manifest
json "$recover" backup
check 'and back: a snapshot claims no bytes that it was not to keep' \
    test "$(field '[.data.components[] | .elsewhere | select(.) | .files] | add')" = 7
expect 'which the next restore says' 3 'INCOMPLETE' -- "$recover" restore --snapshot latest models --to "$scratch/seven"
printf y | dd of=weights/small.gguf bs=1 seek=5 conv=notrunc status=none
json "$recover" backup
check 'a changed file is read for its hash' test "$(field '.data.components[] | select(.name == "weights") | .read_bytes')" = 3000000
"$recover" manifest latest weights --elsewhere >"$scratch/now"
check 'and its new hash is kept' grep -q "$(sha256sum <weights/small.gguf | head -c 64)" "$scratch/now"

# --- Plain files in models verify and list ---------------------------------------------------
plain=$scratch/plain
mkdir "$plain"
for name in a b c; do head -c 700000 /dev/urandom >"$plain/$name.gguf"; (cd "$plain" && sha256sum "$name.gguf" >"$name.gguf.sha256"); done
expect 'plain files are listed' 0 'a.gguf' 'c.gguf' -- "$recover" models list --folder "$plain"
expect 'and verified' 0 'OK 3 files, 2.1 MB read' -- "$recover" models verify --folder "$plain"
expect 'one by name' 0 'OK 1 files, 700.0 KB' -- "$recover" models verify b.gguf --folder "$plain"
cp "$weights/empty.gguf" "$plain/new.gguf"
expect 'one without a hash is not called proven' 0 'unproven new.gguf' 'OK 3 files' -- \
    "$recover" models verify --all --folder "$plain"
expect 'the list says so' 0 'no .sha256' -- "$recover" models list --folder "$plain"
printf DAMAGED | dd of="$plain/b.gguf" bs=1 seek=99 conv=notrunc status=none
rm "$plain/c.gguf"
expect 'damaged and missing ones are named' 20 'damaged  b.gguf' 'missing  c.gguf' -- \
    "$recover" models verify --folder "$plain"
json "$recover" models verify --folder "$plain"
check 'in the document, too' test "$(field '.data.plain | .damaged + .missing | join(",")')" = b.gguf,c.gguf
expect 'the list names what is gone' 0 'c.gguf' 'missing' -- "$recover" models list --folder "$plain"
echo nonsense >"$plain/a.gguf.sha256"
expect 'a sidecar that says nothing is an error' 20 'a.gguf.sha256' -- "$recover" models verify --folder "$plain"
rm "$plain"/*.sha256
expect 'nothing stated, nothing proven' 1 'nothing can be proven' 'sha256sum FILE' -- \
    "$recover" models verify --folder "$plain"
expect 'a component of files is verified by its pattern' 0 'large.gguf' -- "$recover" models list --component weights
expect 'and nothing else' 0 'OK 1 files, 3.0 MB' -- "$recover" models verify large.gguf --component weights
finish
