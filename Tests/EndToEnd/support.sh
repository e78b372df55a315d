# shellcheck shell=bash
# What every end-to-end script begins with: a scratch folder, a stack in it, and the words
# `check`, `expect` and `finish`. Each test prints one line, `ok NAME` or `FAILED NAME: why`.
set -uo pipefail
export LC_ALL=C.UTF-8
unset RECOVER_CONFIG RECOVER_REPOSITORY RECOVER_STATE RECOVER_QUIET RECOVER_JSON

: "${RECOVER:?the program under test}"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/recover-test-XXXXXX")
# Others than root must reach the program too.
chmod 755 "$scratch"
cp "$RECOVER" "$scratch/recover"
recover=$scratch/recover
"$recover" --version >/dev/null || { echo "FAILED there is no program: $RECOVER"; exit 1; }
passed=0 failed=0
children=()

clean() {
    local child
    for child in "${children[@]}"; do kill "$child" 2>/dev/null; done
    wait 2>/dev/null
    chmod -R u+rwX "$scratch" 2>/dev/null
    rm -rf "$scratch"
}
trap clean EXIT

ok() {
    passed=$((passed + 1))
    echo "ok $1"
}

fail() {
    failed=$((failed + 1))
    echo "FAILED $1: ${2:-}"
    [ ! -s "$scratch/output" ] || tail -c 3000 "$scratch/output" | sed 's/^/    /'
}

skip() { echo "skipped $1: $2"; }

# check NAME COMMAND…: the command must succeed.
check() {
    local name=$1
    shift
    if "$@" >"$scratch/output" 2>&1; then ok "$name"; else fail "$name" "$* ended with $?"; fi
}

# expect NAME CODE FRAGMENT… -- COMMAND…: the exit code, and texts in what it prints. A failure
# must also say what state things are in, or what to do next.
expect() {
    local name=$1 code=$2 fragments=() fragment status
    shift 2
    while [ "$1" != -- ]; do fragments+=("$1"); shift; done
    shift
    "$@" >"$scratch/output" 2>&1
    status=$?
    [ "$status" = "$code" ] || { fail "$name" "exit code $status and not $code"; return; }
    case $code in
    0 | 3 | 64) ;;
    *) grep -qE 'State now: |Next: ' "$scratch/output" || { fail "$name" 'it does not say what now'; return; } ;;
    esac
    for fragment in "${fragments[@]}"; do
        grep -qF -- "$fragment" "$scratch/output" || { fail "$name" "it does not say: $fragment"; return; }
    done
    ok "$name"
}

# stack FOLDER: an empty stack with an empty repository; its components come on standard input.
stack() {
    mkdir -p "$1"
    { printf 'version: 1\nstack: test\nrepository: %s/repository\nstate: %s/state\n' "$1" "$1" && cat; } \
        >"$1/recover.yaml"
    chmod 644 "$1/recover.yaml"
}

# The value of a field in the JSON document of the last `json`.
field() { jq -r "$1" "$scratch/json"; }

# json COMMAND…: runs with --json and keeps the document. Of no document jq would find all that is
# asked for: it becomes one of which nothing is true.
json() {
    "$@" --json >"$scratch/json" 2>"$scratch/errors"
    local status=$?
    [ -s "$scratch/json" ] || echo null >"$scratch/json"
    return "$status"
}

# The size of all files below a folder.
bytes_below() { find "$1" -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%d", sum }'; }

compare() { python3 "$here/compare.py" "$@"; }

# As somebody without rights: this user, or nobody where root runs the tests.
unprivileged() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$scratch" "$@"
    else
        "$@"
    fi
}

# Whether mounts of our own are possible here; many containers forbid them.
can_mount() { unshare --mount --map-root-user true 2>/dev/null || unshare --mount true 2>/dev/null; }

# with_mounts COMMAND…: in a world of mounts of its own, which ends with the command.
with_mounts() {
    if [ "$(id -u)" = 0 ]; then unshare --mount --propagation private "$@"; else unshare --mount --map-root-user "$@"; fi
}

finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
    exit
}
