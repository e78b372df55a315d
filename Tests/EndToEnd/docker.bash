# shellcheck shell=bash
# A Docker daemon of the test's own: its socket, data and programs lie in the scratch folder, and
# no engine of this machine is touched. Comes after support.sh; the daemon ends with the script.
docker=$scratch/docker
export DOCKER_HOST=unix://$docker/socket DOCKER_CONFIG=$docker/client DOCKER_BUILDKIT=0
export COMPOSE_PROJECT_NAME=recover-test
mkdir -p "$docker/client"

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
    command -v dockerd docker docker-compose >/dev/null || return
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
    start_daemon && return
    skip "$1" 'NO DOCKER DAEMON CAN RUN HERE'
    tail -5 "$docker/log" 2>/dev/null
    [ -n "${RECOVER_TEST_WITHOUT_DOCKER:-}" ] && exit 0
    fail 'a Docker daemon' 'none runs; RECOVER_TEST_WITHOUT_DOCKER=1 lets this pass'
    finish
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
