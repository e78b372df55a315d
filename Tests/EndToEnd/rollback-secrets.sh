#!/usr/bin/env bash
# No value of an env file is anywhere that the program writes, prints or starts: in no output, log,
# journal or snapshot, in no chunk of the repository and in no argument of a process, through backups,
# a restore of data and TAG, rollbacks, ways back and a run that was killed. Starts a Docker daemon of its
# own and stops it again.
. "$(dirname "$0")/support.sh"
. "$here/docker.bash"
need_daemon 'the search for secrets'

# Values as they are made for keys, passwords, registries and folders.
letters() { head -c 64 /dev/urandom | base64 | tr -d '+/=\n' | head -c "$1"; }
token=$(head -c 12 /dev/urandom | od -An -tx1 | tr -d ' \n')
password="$(letters 12) & $(letters 8)/+="
key=$(letters 32) folder=$(letters 20) bearer=$(letters 40) other=$(letters 24)
prepare() {
    cat >>.env <<ENV
REGISTRY_TOKEN=$token
DATABASE_PASSWORD="$password"
DATABASE_URL=postgresql://app:$other@127.0.0.1:5432/app
STORE=$folder
API_TOKEN=$bearer
QDRANT_API_KEY='$key'
ENV
    local tag
    for tag in 2026.01.14 2026.01.15; do docker tag "app:$tag" "$token/app:$tag"; done
    sed -i "s|image: app:|image: \${REGISTRY_TOKEN}/app:|; s|\"./models:/models:ro\"|\"./models:/models:ro\", \"./data/\${STORE}:/store\"|" compose.yml
    sed -i "s|NAME: api,|NAME: api, DATABASE_PASSWORD: \"\${DATABASE_PASSWORD}\", DATABASE_URL: \"\${DATABASE_URL}\",|" compose.yml
    # What nothing mounts is looked for, and named.
    sed -i "s|NAME: front,|NAME: front, API_TOKEN: \"\${API_TOKEN}\",|" compose.yml
    mkdir -p "data/$folder"
    printf '%s\n' "$bearer" >"$scratch/bearer" && chmod 600 "$scratch/bearer"
    sed -i "s|cgi-bin/health\", |cgi-bin/health\", bearer: \"file:$scratch/bearer\", |; s|{qdrant: \(.*\)}|{qdrant: \1, api_key: \"env:QDRANT_API_KEY\"}|" recover.yaml
    export QDRANT_API_KEY=$key
    printf '%s\n' "$token" "$password" "$other" "$folder" "$bearer" "$key" "$secret" >"$scratch/patterns"
    python3 "$here/arguments.py" "$scratch/arguments" &
    watcher=$!
    children+=("$watcher")
}
# shellcheck source=/dev/null
. "$here/upgraded.bash"
check 'values of 16 letters and more' awk 'length < 16 { exit 1 } END { exit NR != 7 }' "$scratch/patterns"
check 'which the containers have' sh -c "docker inspect '$(container api)' | grep -cFf '$scratch/patterns' | grep -q '^[5-9]'"

# --- A full run ----------------------------------------------------------------------------------------

said=$scratch/everything
mkdir "$said"
ran=0
# say CODE WORDS…: what it prints both ways is kept; `*` is any code.
say() {
    local code=$1 name status
    shift
    ran=$((ran + 1))
    name=$said/$ran-$(echo "$*" | tr -c 'a-z0-9\n' -)
    "$recover" "$@" >"$name.out" 2>"$name.err"
    status=$?
    cp "$name.err" "$scratch/output"
    [ "$code" = '*' ] || [ $status = "$code" ] || fail "recover $*: $code" "exit code $status"
}
for words in preflight 'preflight --json' 'health --explain' 'health --json' smoke 'checklist --json' status; do
    # shellcheck disable=SC2086
    say '*' $words
done
say 0 backup -v
say 0 backup --json --reread --log-format json
say 0 deploy record --json
# A mount that is not there, an image that is not, compose that refuses, values and all.
sed -i 's|/store"|/store", "./${STORE}-gone/${DATABASE_PASSWORD}:/gone"|' compose.yml
say 23 preflight
check 'a mount that is not there is said' grep -rq 'is not there; the engine' "$said"
sed -i 's|, "./${STORE}-gone/${DATABASE_PASSWORD}:/gone"||' compose.yml
sed 's/^TAG=.*/TAG=2026.02.01/' .env >.env.next && say 23 preflight --env-file .env.next
check 'an image that is not there is said by its variable' grep -rqF 'app:2026.02.01 is not here' "$said"
rm .env.next
sed -i "s|^  front:|  front:\n    cap_add: \${DATABASE_PASSWORD}|" compose.yml && say '*' preflight
sed -i '/cap_add/d' compose.yml
# Gates that fail with a value in the log, and one in an answer.
echo leak >mode/2026.01.14 && say 21 restore --tag 2026.01.14 --confirm test --json
echo tell >mode/2026.01.14 && say 21 restore --tag 2026.01.14 --confirm test -v
echo tell >mode/2026.01.15 && docker restart "$(container api)" >/dev/null
sleep 1
say 1 health
say 1 health --json
say '*' health --explain
rm mode/2026.01.1[45] && docker restart "$(container api)" >/dev/null
answers 0 2026.01.15
check 'what failed was said' sh -c "grep -rq 'nobody can log in with' '$said' && grep -rq 'status' '$said'"
# A second build of a TAG, so that the name has to move.
echo 2026.01.14 >image/tag && docker build -q --no-cache -t app:2026.01.14 image >/dev/null
kill -STOP "$watcher" && docker tag app:2026.01.14 "$token/app:2026.01.14" && kill -CONT "$watcher"
say 0 restore --tag 2026.01.14 --dry-run
strace -f -qq -s 100000 -e trace=execve -o "$said/execve" "$recover" restore --tag 2026.01.14 --confirm test -v >"$said/restore.out" 2>"$said/restore.err"
check 'data and TAG go back' answers 0 2026.01.14
check 'to what ran, and not to what has its name' cmp -s "$scratch/images-14" <(images)
say '*' rollback
say 0 rollback 2026.01.15 --keep-data --yes -v
check 'a rollback' answers 0 2026.01.15
say '*' rollback 2026.01.15 --flags-only --yes --json
gcc -shared -fPIC -O1 -o "$scratch/kill.so" "$here/kill.c" -ldl
LD_PRELOAD=$scratch/kill.so KILL_AT=32 "$recover" restore --tag 2026.01.14 --confirm test -v >"$said/killed.out" 2>"$said/killed.err"
check 'one was killed' test $? = 137
say 24 backup
say 0 resume --dry-run --json
say 0 resume -v
check 'taken back' answers 0 2026.01.15
LD_PRELOAD=$scratch/kill.so KILL_AT=32 "$recover" restore --tag 2026.01.14 --confirm test >"$said/killed2.out" 2>"$said/killed2.err"
say 0 resume --forward --json
check 'taken forward' answers 0 2026.01.14
for words in log 'log --json' show 'show --json' list 'list --json' 'manifest --json' 'config show' 'diff latest' 'verify --json' 'deploy record --note by-hand'; do
    # shellcheck disable=SC2086
    say '*' $words
done
for id in $("$recover" log --json | jq -r '.data.operations[].operation'); do say '*' log "$id"; done
say 0 restore --snapshot latest --to "$scratch/away"

# --- The search ------------------------------------------------------------------------------------------

kill "$watcher" && wait "$watcher"
check 'arguments of processes were seen' grep -qE 'docker.* (inspect|ps|stop) ' "$scratch/arguments"
check 'those of compose, too' grep -q 'docker[- ]compose .* up -d --no-build' "$scratch/arguments"
check 'of one recovery all of them' grep -q '"inspect"' "$said/execve"
# Every chunk of every pack, unpacked; and what was packed into those.
plain=$scratch/plain
mkdir "$plain"
for pack in repository/packs/*/*.tar repository/meta/*/*.tar; do
    mkdir -p "$plain/$(basename "$pack")" && tar xf "$pack" -C "$plain/$(basename "$pack")"
done
find "$plain" -name '*.zst' -exec zstd -q -d --rm {} +
check 'chunks were unpacked' sh -c "grep -rqa recover-deployment/1 '$plain'"
places=("$said" "$plain" repository state ops "$scratch/away" "$scratch/arguments" "$scratch/said" "$scratch/json" "$scratch/errors")
grep -rlaFf "$scratch/patterns" "${places[@]}" 2>/dev/null | head -20 >"$scratch/output"
if [ ! -s "$scratch/output" ]; then ok "none of $(wc -l <"$scratch/patterns") secret values is anywhere"; else
    fail 'no secret value is anywhere' "$(grep -ohaFf "$scratch/patterns" "${places[@]}" | sort | uniq -c | sed "s/ [^ ]*$/ …/" | head -9)"
    grep -rahFf "$scratch/patterns" "${places[@]}" 2>/dev/null | cut -c1-300 | head -20
fi
check 'the search finds what is there' sh -c "grep -qaFf '$scratch/patterns' .env && echo '$secret' | grep -qaFf '$scratch/patterns'"
check 'and what may be shown' grep -rqaF 'FEATURE_CHAT' "$plain"
echo "measured: $ran commands, $(find "$said" -type f | wc -l) outputs, $(find "$plain" -type f | wc -l) chunks, $(grep -c . "$scratch/arguments") lists of arguments in $(sed -n 's/^looks: //p' "$scratch/arguments") looks and $(wc -l <"$said/execve") programs of one recovery"
finish
