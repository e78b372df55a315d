#!/usr/bin/env bash
# Repositories that somebody made to do harm: all digests hold. Whatever reads them writes nothing
# outside of its target, takes bounded memory and time, and says what is wrong.
#
#   HOSTILE='bomb twice' bash hostile.sh    only these cases
#   HOSTILE_WORKERS=1 bash hostile.sh       one case after the other
. "$(dirname "$0")/support.sh"

# Of address space for each process, of which threads reserve most, and of processor time. Patience
# is longer: the machine may have other work, and a shell starts many processes.
readonly limit_kilobytes=${HOSTILE_KILOBYTES:-800000} limit_seconds=${HOSTILE_SECONDS:-30}
export SWIFT_BACKTRACE=enable=no
readonly restore=$here/../../docs/repository/restore.sh

canary=$scratch/canary
mkdir -p "$canary/inner"
echo 'nobody may touch this' >"$canary/secret"
home=$scratch/cases
mkdir "$home"
python3 "$here/hostile.py" "$home" "$canary" || fail 'the repositories are made'

# All that lies outside of a target: the canary, and what stands beside the targets but for the release log.
outside() {
    find "$canary" -printf '%p %y %m %U %s %T@ %l\n'
    find "$top" "$scratch" . -mindepth 1 -maxdepth 1 ! -name 'out*' ! -name 'recover-*' ! -name state ! -name ops -printf '%p %y %m\n'
}

# run COMMAND…: within the limits; `status` and the file `output` tell what came of it.
run() {
    (ulimit -v $limit_kilobytes -t $limit_seconds &&
        MALLOC_ARENA_MAX=2 exec timeout -k 1 $((limit_seconds * 4)) "$@") \
        >"$scratch/output" 2>&1 </dev/null
    status=$?
}

# verdict NAME CODES SAID…: whether the last run ended as it must.
verdict() {
    local name=$1 codes=$2 said
    shift 2
    [[ " $codes " == *" $status "* ]] || { fail "$name" "exit code $status, none of $codes"; return; }
    # The lines of sha256sum are data, with names as they are.
    if [[ $name != *': manifest' ]] && LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$scratch/output"; then
        fail "$name" 'control characters reach the terminal'
        return
    fi
    if [ "$status" != 0 ]; then
        for said in "$@"; do
            grep -qF -- "$said" "$scratch/output" || { fail "$name" "it does not say: $said"; return; }
        done
    fi
    [ "$(outside)" = "$before" ] || { fail "$name" 'something outside has changed'; diff <(echo "$before") <(outside) | head -5; return; }
    ok "$name"
}

# attempt CASE KIND SAID…: every way in which a repository is read.
attempt() {
    local case=$1 kind=$2 id=20260114T021000Z-7f3a codes verify='0 20 25' verb level=deep
    shift 2
    local said=("$@") folder=$home/$case
    case $kind in
    refused) codes='1 20 25 28' ;;
    mended) codes='0 3' ;;
    listed) codes='0 1 3 20 25' ;;
    esac
    cd "$folder" || exit 1
    before=$(outside)
    local args=(--no-progress -c "$folder/recover.yaml")
    run "$recover" "${args[@]}" restore --snapshot $id --to "$scratch/out"
    verdict "$case: restore --to" "$codes" "${said[@]}"
    # A shell takes minutes for that many lines, and no memory.
    if [ "$case" != list-bomb ] && [ "$case" != many-entries ] && [ "$case" != long-extents ]; then
        run sh "$restore_here" $id "$scratch/out-sh"
        # It does not mind the order: names that stand twice are refused by the kernel.
        [ "$case" = out-of-order ] || verdict "$case: restore.sh" "${codes/25 28/}"
    fi
    rm -rf "$scratch/out" "$scratch/out-sh"
    # To prove holes of petabytes takes as long as it takes to digest their zeros.
    [ "$case" = sizes-overflow ] && level=full
    run "$recover" "${args[@]}" verify --all --level $level --dry-run
    verdict "$case: verify" "$verify"
    if [ "$kind" = refused ]; then
        run "$recover" "${args[@]}" restore --snapshot $id --data-only --confirm test
        verdict "$case: in place" "$codes 10 13"
        check "$case: what is live stays" grep -qx 'what is live' memory/live
    fi
    for verb in list "show $id" "diff $id $id" "manifest $id" "export $id -o $scratch/out.tar"; do
        run "$recover" "${args[@]}" $verb
        verdict "$case: ${verb%% *}" '0 1 3 20 25 28'
        rm -f "$scratch"/out.tar*
    done
}

# worker NUMBER: attempts the cases that no other worker has taken, in a folder of its own.
worker() {
    local case kind said
    scratch=$top/worker-$1
    while read -r case kind said; do
        [[ -z ${HOSTILE:-} || " $HOSTILE " == *" $case "* ]] || continue
        mkdir "$taken/$case" 2>/dev/null || continue
        cp "$restore" "$home/$case/repository/restore.sh"
        restore_here=$home/$case/repository/restore.sh
        attempt "$case" "$kind" ${said:+"$said"}
    done <"$top/list"
    true
}

# Those that last longest come first, so that no worker has to wait for another in the end.
readonly longest='^(sizes-overflow|heavy-lines|many-entries|long-extents|list-bomb) '
python3 "$here/hostile.py" "$home" --list >"$scratch/all"
{ grep -E "$longest" "$scratch/all"; grep -vE "$longest" "$scratch/all"; } >"$scratch/list"
workers=${HOSTILE_WORKERS:-$(nproc)} top=$scratch taken=$scratch/taken
mkdir "$taken"
for ((number = 1; number <= workers; number++)); do mkdir "$top/worker-$number"; : >"$top/log-$number"; done
for ((number = 1; number <= workers; number++)); do
    worker "$number" >"$top/log-$number" 2>&1 &
    children+=($!)
done
for child in "${children[@]}"; do
    wait "$child" || fail 'every worker comes to its end' "one ended with $?"
done
children=()
cat "$top"/log-*
passed=$((passed + $(cat "$top"/log-* | grep -c '^ok ')))
failed=$((failed + $(cat "$top"/log-* | grep -c '^FAILED ')))
if [ -z "${HOSTILE:-}" ]; then
    check 'every case was attempted' test "$(ls "$taken" | wc -l)" = "$(wc -l <"$scratch/all")"
fi

# A program does not become the set-user-id program of whoever restores it without rights.
if [ "$(id -u)" = 0 ] && [[ -z ${HOSTILE:-} ]]; then
    chmod -R a+rX "$scratch"
    mkdir -m 777 "$scratch/out"
    unprivileged sh "$home/set-user-id/repository/restore.sh" 20260114T021000Z-7f3a "$scratch/out/sh" >/dev/null 2>&1
    check 'restore.sh gives nobody a set-user-id program' test -z "$(find "$scratch/out" -perm /6000)"
fi
finish
