#!/usr/bin/env bash
# A Postgres of the stack is asked for the revision of its schema, and not guessed at: in the record, before a
# rollback, in the plan of a restore. The programs of this machine in an image FROM scratch. Starts a Docker daemon
# of its own and stops it again; skipped where no Postgres is installed.
. "$(dirname "$0")/../EndToEnd/support.sh"
. "$here/docker.bash"
programs=$(find /usr/lib/postgresql -maxdepth 3 -name initdb 2>/dev/null | sort -V | tail -1)
if [ -z "$programs" ]; then
    skip 'the schema of a Postgres' 'NO POSTGRES IS INSTALLED (apt-get install postgresql)'
    exit 0
fi
need_daemon 'the schema of a Postgres'
# shellcheck source=/dev/null
. "$here/release.bash"
home=$scratch/stack
mkdir -p "$home"/{image,mode,data,postgres}
cd "$home" || exit 1
mapfile -t ports < <(free_ports 1)
release_images 2026.01.14 2026.01.15

# postgres_image NAME: server, client and what they load, with nothing else but busybox.
postgres_image() {
    local root=$home/postgres bin version
    bin=$(dirname "$programs") version=$(basename "$(dirname "$(dirname "$programs")")")
    {
        printf '%s\n' "$bin"/{postgres,initdb,psql} "/usr/lib/postgresql/$version/lib"/{plpgsql,dict_snowball}.so
        ldd "$bin"/{postgres,initdb,psql} | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/lib[^ ]*\) .*/\1/p'
        find "/usr/share/postgresql/$version" -type f
    } | sort -u | tar -C / -chf - -T - --transform 's|^/||' 2>/dev/null | tar -xf - -C "$root"
    mkdir -p "$root"/{tmp,var/run/postgresql,usr/bin,usr/share/zoneinfo,bin,etc,database}
    chmod 1777 "$root"/{tmp,var/run/postgresql,database}
    echo 'postgres:x:70:70::/tmp:/busybox' >"$root/etc/passwd"
    cat >"$root/serve" <<SH
#!/busybox sh
user=\${POSTGRES_USER:-postgres}
database=\${POSTGRES_DB:-\$user}
if [ ! -s /database/x/PG_VERSION ]; then
    $bin/initdb --no-sync -A trust -U "\$user" -D /database/x --locale=C --encoding=UTF8 >/tmp/said 2>&1 || { /busybox cat /tmp/said; exit 1; }
    [ "\$database" = postgres ] || echo "CREATE DATABASE \"\$database\"" | $bin/postgres --single -D /database/x postgres >/tmp/said 2>&1
fi
exec $bin/postgres -D /database/x -F -c listen_addresses= -c unix_socket_directories=/var/run/postgresql -c jit=off
SH
    chmod 755 "$root/serve"
    ln -s "$bin/psql" "$root/usr/bin/psql"
    # With it initdb looks for the server.
    ln -s /busybox "$root/bin/sh"
    cat >"$root/Dockerfile" <<'DOCKER'
FROM scratch
COPY . /
USER 70:70
ENV PATH=/usr/bin
ENTRYPOINT ["/serve"]
DOCKER
    scratch_image "$1" "$root"
}
started=$SECONDS
check 'an image of Postgres' postgres_image postgres:15
echo "measured: the image took $((SECONDS - started)) s"

letters() { head -c 300 /dev/urandom | base64 | tr -dc 'a-z' | head -c "$1"; }
user=$(letters 20) database=$(letters 20)
cat >compose.yml <<YAML
version: "2.4"
services:
  api:
    image: app:\${TAG}
    network_mode: host
    stop_signal: SIGKILL
    environment: {NAME: api, PORT: "${ports[0]}"}
    volumes: ["./mode:/mode:ro", "./data:/data"]
  db:
    image: postgres:15
    network_mode: none
    environment: {POSTGRES_USER: "\${POSTGRES_USER}", POSTGRES_DB: "\${POSTGRES_DB}"}
  metrics:
    image: exporter/postgres-exporter:1
    network_mode: none
    profiles: [monitoring]
YAML
printf 'TAG=2026.01.14\nPOSTGRES_USER=%s\nPOSTGRES_DB=%s\n' "$user" "$database" >.env && chmod 600 .env
stack "$home" <<YAML
compose: {files: [compose.yml], env_file: .env}
components: {data: data}
health: {api: "http://127.0.0.1:${ports[0]}/cgi-bin/health"}
gate: {retry: 6s, interval: 1s}
YAML
echo one >data/notes
"$recover" -q init >"$scratch/said" 2>&1
check 'the stack is up' up
db() { docker exec "$(container db)" psql -XAtq -U "$user" -d "$database" -c "$1"; }
ready() { for _ in $(seq 200); do db 'SELECT 1' >"$scratch/said" 2>&1 && return; sleep 0.1; done; return 1; }
check 'Postgres answers' ready
[ "$failed" = 0 ] || { docker logs "$(docker ps -aq --filter label=com.docker.compose.service=db)" 2>&1 | tail -20; finish; }
python3 "$here/arguments.py" "$scratch/arguments" &
watcher=$!
children+=("$watcher")

# revision NAME TEXT: what the newest snapshot knows of the schema.
recorded() { jq -r '.data.deployment.schemas[] | select(.service == "db") | .alembic // .fault // "none"' "$scratch/json"; }
revision() {
    check "$1: backed up" "$recover" -q backup
    json "$recover" show latest
    check "$1: $2" test "$(recorded)" = "$2"
}

revision 'without a table there is no revision' none
check 'and that is said so' sh -c "'$recover' show latest | grep -q 'schema service db: no revision'"
db "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL); INSERT INTO alembic_version VALUES ('0009')"
revision 'with one there is' 0009

# --- A rollback ------------------------------------------------------------------------------------

sed -i 's/^TAG=.*/TAG=2026.01.15/' .env && up
answers 0 2026.01.15 || fail 'the stack at 2026.01.15' 'it does not answer'
check 'a rollback where the schema is the same' "$recover" -q rollback 2026.01.14 --yes
check 'and back' "$recover" -q rollback 2026.01.15 --keep-data --yes
db "UPDATE alembic_version SET version_num = '0010'"
expect 'another schema: 28' 28 'service db is at 0010, and was at 0009' 'no snapshot holds it' -- \
    "$recover" rollback 2026.01.14 --yes
check 'it says nothing of data that it would not bring back' sh -c "! grep -q -- --with-data '$scratch/output'"
check 'nothing was touched' answers 0 2026.01.15
expect 'the plan of a restore shows it' 0 'data of db (Postgres) stays as it is now' 'is at 0010, and was at 0009 then' -- \
    "$recover" restore --tag 2026.01.14 --dry-run
check 'a restore leaves it alone' "$recover" -q restore --tag 2026.01.14 --confirm test
check 'which has its rows' test "$(db 'SELECT version_num FROM alembic_version')" = 0010
check 'under the TAG of then' answers 0 2026.01.14

# --- One that does not answer ------------------------------------------------------------------------

# unknown NAME FRAGMENT: the revision is unknown, and why is said.
unknown() {
    expect "$1: a backup says so" 0 "the revision of service db is not known: $2" -- "$recover" backup
    json "$recover" show latest
    check "$1: unknown, and not none" test "$(recorded)" = "$2"
}
"$recover" -q rollback 2026.01.15 --keep-data --yes && "$recover" -q backup && "$recover" -q rollback 2026.01.14 --keep-data --yes
docker pause "$(container db)" >"$scratch/said"
unknown 'paused' 'no container of it runs'
docker unpause "$(container db)" >"$scratch/said"
mkfifo "$scratch/hold"
docker exec -i "$(container db)" psql -XAtq -U "$user" -d "$database" <"$scratch/hold" >"$scratch/locked" 2>&1 &
children+=("$!")
exec 9>"$scratch/hold"
echo "BEGIN; LOCK TABLE alembic_version; SELECT 'held';" >&9
for _ in $(seq 50); do grep -q held "$scratch/locked" && break; sleep 0.1; done
unknown 'in the midst of a migration' 'alembic_version is locked, as by a migration'
expect 'a rollback that leaves its image alone only warns' 0 'service db is at unknown (alembic_version is locked' -- \
    "$recover" rollback 2026.01.15 --yes
echo 'COMMIT;' >&9
exec 9>&-
docker stop -t 2 "$(container db)" >"$scratch/said"
unknown 'stopped' 'no container of it runs'

# --- No value --------------------------------------------------------------------------------------

kill "$watcher" && wait "$watcher"
check 'arguments of psql were seen' grep -q 'exec.*psql' "$scratch/arguments"
# But for what this script itself has typed, and what a server calls its processes.
grep -ve "-U $user -d $database" -e '^postgres: ' "$scratch/arguments" >"$scratch/arguments.recover"
printf '%s\n' "$user" "$database" >"$scratch/patterns"
found=$(grep -rlaFf "$scratch/patterns" "$scratch/arguments.recover" "$scratch/output" "$scratch/json" "$scratch/errors" state ops 2>/dev/null)
if [ -z "$found" ]; then ok 'neither user nor database is named anywhere'; else fail 'neither user nor database is named anywhere' "$found"; fi
echo "measured: $((SECONDS - started)) s in all"
finish
