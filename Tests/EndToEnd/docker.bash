# shellcheck shell=bash
# A Docker daemon of the test's own: its socket, data and programs lie in the scratch folder, and
# no engine of this machine is touched. Comes after support.sh; the daemon ends with the script.
docker=$scratch/docker
export DOCKER_HOST=unix://$docker/socket DOCKER_CONFIG=$docker/client DOCKER_BUILDKIT=0
export COMPOSE_PROJECT_NAME=recover-test
mkdir -p "$docker/client/cli-plugins" "$docker/bin"

# --- Compose -----------------------------------------------------------------------------------

# Which compose these tests call and `recover` finds: RECOVER_TEST_COMPOSE is
#   v2          the plugin, `docker compose`;
#   v2-program  the same as a program of its own, `docker-compose`;
#   v1          `docker-compose` 1.
# Without it v2, else v1. RECOVER_TEST_COMPOSE_PROGRAM is a v2 that is not installed.
choose_compose() {
    local wanted=${RECOVER_TEST_COMPOSE:-} program=${RECOVER_TEST_COMPOSE_PROGRAM:-} engine
    engine=$(command -v docker) || return
    case $wanted in
    v1 | v2-program)
        # A plugin of the machine would be found first.
        printf '#!/bin/sh\n[ "$1" != compose ] || exit 125\nexec "%s" "$@"\n' "$engine" >"$docker/bin/docker"
        chmod +x "$docker/bin/docker"
        [ "$wanted" = v1 ] || [ -z "$program" ] || ln -s "$program" "$docker/bin/docker-compose"
        PATH=$docker/bin:$PATH
        compose_words=(docker-compose)
        ;;
    *)
        [ -z "$program" ] || ln -s "$program" "$docker/client/cli-plugins/docker-compose"
        compose_words=(docker compose)
        if [ -z "$wanted" ] && ! docker compose version >/dev/null 2>&1; then compose_words=(docker-compose); fi
        ;;
    esac
    compose_version=$("${compose_words[@]}" version --short 2>/dev/null) || return
    compose_version=${compose_version#v}
    case $wanted in
    v1) [[ $compose_version = 1.* ]] ;;
    v2*) [[ $compose_version != 1.* ]] ;;
    esac
}
compose() { "${compose_words[@]}" "$@"; }

# --- The engine --------------------------------------------------------------------------------

daemon_pid() { cat "$docker/pid" 2>/dev/null; }

# Ends the daemon; what runs in containers goes with it, unless it was killed.
stop_daemon() {
    local pid
    docker ps -aq 2>/dev/null | xargs -r docker rm -f >/dev/null 2>&1
    pid=$(daemon_pid) || return 0
    kill "$pid" 2>/dev/null
    for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    mount | sed -n "s|.* on \($docker/[^ ]*\) .*|\1|p" | sort -r | xargs -r umount 2>/dev/null
}
trap 'stop_daemon; clean' EXIT

start_daemon() {
    command -v dockerd >/dev/null || return
    [ "$(id -u)" = 0 ] || return
    local words=(--iptables=false --ip6tables=false --bridge=none --host "$DOCKER_HOST"
        --data-root "$docker/data" --exec-root "$docker/exec" --pidfile "$docker/pid")
    # What a killed daemon left: its containerd may live on, and answer nobody.
    local left=$docker/exec/containerd
    if [ -s "$left/containerd.pid" ]; then
        kill -9 "$(cat "$left/containerd.pid")" 2>/dev/null
        rm -f "$left/containerd.pid" "$left"/*.sock*
    fi
    setsid dockerd "${words[@]}" >>"$docker/log" 2>&1 &
    for _ in $(seq 300); do
        docker info >/dev/null 2>&1 && return
        sleep 0.2
    done
    tail -5 "$docker/log"
    return 1
}

# need_daemon NAME: starts it. Where none can run the script fails, unless
# RECOVER_TEST_WITHOUT_DOCKER is set.
need_daemon() {
    local missing='DOCKER DAEMON'
    if choose_compose; then
        echo "compose: ${compose_words[*]} $compose_version"
        start_daemon && return
    else
        missing="COMPOSE ${RECOVER_TEST_COMPOSE:-}"
    fi
    skip "$1" "NO $missing CAN RUN HERE"
    tail -5 "$docker/log" 2>/dev/null
    [ -n "${RECOVER_TEST_WITHOUT_DOCKER:-}" ] && exit 0
    fail "a $missing" 'none runs; RECOVER_TEST_WITHOUT_DOCKER=1 lets this pass'
    finish
}

# chosen NAME: the last snapshot was made with the compose that the tests call.
chosen() {
    check "$1" test "$("$recover" show --json | jq -r '.data.deployment.compose | "\(.kind) \(.version)"')" = \
        "$(case $compose_version in 1.*) echo "docker-compose v1" ;; *) echo "docker compose v2" ;; esac) $compose_version"
}

# scratch_image NAME FOLDER: builds an image from nothing but the folder, which has a Dockerfile;
# busybox is put beside it.
scratch_image() {
    cp "$(command -v busybox)" "$2/busybox"
    docker build -q -t "$1" "$2"
}

# container SERVICE: the id of its running container.
container() { docker ps -q --no-trunc --filter "label=com.docker.compose.service=$1"; }

# free_ports COUNT: ports of this machine that nobody holds, a line each.
free_ports() {
    python3 -c '
import socket, sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
for one in held: one.bind(("127.0.0.1", 0))
for one in held: print(one.getsockname()[1])' "$1"
}
