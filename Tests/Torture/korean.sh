#!/usr/bin/env bash
# An env file with a comment in the encoding of Korean Windows: what compose takes recover takes, and what it does not
# take is said with file and line before anything is touched. Starts a Docker daemon of its own and stops it again.
. "$(dirname "$0")/../EndToEnd/support.sh"
. "$here/docker.bash"
need_daemon 'an env file in another encoding'
# shellcheck source=/dev/null
. "$here/release.bash"
home=$scratch/stack
mkdir -p "$home"/{image,mode,data}
cd "$home" || exit 1
mapfile -t ports < <(free_ports 1)
release_images 2026.01.14 2026.01.15
cat >compose.yml <<YAML
version: "2.4"
services:
  api:
    image: app:\${TAG}
    network_mode: host
    stop_signal: SIGKILL
    environment: {NAME: api, PORT: "${ports[0]}"}
    volumes: ["./mode:/mode:ro", "./data:/data"]
YAML
printf '# of the stack\r\n# placeholder\r\nTAG=2026.01.14 # then\r\n' >.env && chmod 600 .env
stack "$home" <<YAML
compose: {files: [compose.yml], env_file: .env}
components: {data: data}
health: {api: "http://127.0.0.1:${ports[0]}/cgi-bin/health"}
gate: {retry: 6s, interval: 1s}
YAML
echo one >data/notes
"$recover" -q init >"$scratch/said" 2>&1
check 'the stack at 2026.01.14 is up' up
check 'and answers' answers 0 2026.01.14
check 'a snapshot of it' "$recover" -q backup
sed -i 's/2026.01.14/2026.01.15/' .env && up
check 'the stack at 2026.01.15' answers 0 2026.01.15

# 한글 as code page 949 has it.
LC_ALL=C sed -i $'2s/placeholder/\xc7\xd1\xb1\xdb/' .env
printf 'EXTRA=1\r\n' >>.env && echo '# by hand' >>compose.yml
expect 'a plan shows which files are other than then' 0 'compose.yml is other than then (lines: 1 more, 0 fewer)' 'new EXTRA' -- \
    "$recover" restore --tag 2026.01.14 --dry-run
cp .env .env.korean
check 'a backup takes the file as it is' "$recover" -q backup
if [[ $compose_version = 1.* ]] && ! compose -f compose.yml config -q >"$scratch/said" 2>&1; then
    check 'compose itself refuses it' grep -q UnicodeDecodeError "$scratch/said"
    expect 'preflight names file and line: 23' 23 "line 2 of $home/.env is not in UTF-8" 'iconv -f CP949' -- "$recover" preflight
    expect 'a restore, too, before anything is touched' 23 "line 2 of $home/.env is not in UTF-8" 'nothing live was touched' -- \
        "$recover" restore --tag 2026.01.14 --confirm test
    expect 'and a rollback' 23 "line 2 of $home/.env is not in UTF-8" -- "$recover" rollback 2026.01.14 --yes
    check 'the services go on' answers 0 2026.01.15
    check 'the file is as it was' cmp .env .env.korean
    iconv -f CP949 -t UTF-8 .env.korean >.env
    check 'written anew as it was said it is good' "$recover" -q restore --tag 2026.01.14 --confirm test
else
    check 'compose takes it' compose -f compose.yml config -q
    check 'and so does a restore' "$recover" -q restore --tag 2026.01.14 --confirm test
    sed 's/2026.01.15/2026.01.14/' .env.korean >.env.wanted
    check 'which changes the TAG and not another byte' cmp .env .env.wanted
fi
check 'the stack of then answers' answers 0 2026.01.14
# YAML is UTF-8 for every compose.
LC_ALL=C sed -i $'1i # \xc7\xd1\xb1\xdb' compose.yml
expect 'a compose file in that encoding is refused with its line' 23 "line 1 of $home/compose.yml is not in UTF-8" -- "$recover" preflight
finish
