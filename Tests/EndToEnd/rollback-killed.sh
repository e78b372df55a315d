#!/usr/bin/env bash
# A recovery of data and TAG that is killed at lines of its journal, or whose engine or Qdrant dies while
# services are down, ends in one of two states and in nothing between. Starts a Docker daemon of its own
# and stops it again.
#
# RECOVER_EVERY_STEP=1 tries every line; FROM-TO these; `way-back` each line of the way back itself, of a
# later run and of one whose gate failed; `deaths` each state in which services are down, STATE that one.
. "$(dirname "$0")/support.sh"
. "$here/docker.bash"
need_daemon 'recoveries that are killed'
with_vector=1
# shellcheck source=/dev/null
. "$here/upgraded.bash"
steps=${RECOVER_EVERY_STEP:-}

check 'the library that kills' gcc -shared -fPIC -O1 -o "$scratch/kill.so" "$here/kill.c" -ldl
# killed LINE COMMAND…: whether it was.
killed() {
    local line=$1
    shift
    { LD_PRELOAD=$scratch/kill.so KILL_AT=$line "$@" >"$scratch/said" 2>&1; } 2>/dev/null
    [ $? = 137 ]
}
go() { "$recover" restore --tag 2026.01.14 --confirm test "$@"; }
back() { "$recover" -q restore --tag 2026.01.15 --confirm test; }

check 'a snapshot of 2026.01.15' "$recover" -q backup
# What was stopped keeps its container, and with it the image that it had.
docker stop "$(container front)" >"$scratch/said"
images >"$scratch/images-15"
sed "s/$(id_of 2026.01.15)/$(id_of 2026.01.14)/; s/^front sha.*/front $(id_of 2026.01.15)/" "$scratch/images-15" >"$scratch/images-14"

# One that nobody kills tells how many lines there are.
check 'one that comes to its end' go -q
same 14 'one that comes to its end'
"$recover" log --json | jq -r '.data.operations[-1].facts.log' >"$scratch/last"
cp "$(cat "$scratch/last")" "$scratch/whole"
lines=$(wc -l <"$scratch/whole")
check 'undone' back
same 15 'undone'
echo "measured: $lines lines of a journal"

# What is kept of those that came to their end, for as long as `hold` says.
left >"$scratch/kept"
# ends NAME: one of the two states, with nothing half done beside it; then 2026.01.15 again.
ends() {
    local name=$1 which=15
    grep -q '^TAG=2026.01.14' .env && which=14
    check "$name: nothing is unfinished" sh -c "'$recover' resume --dry-run | grep -q 'nothing is unfinished'"
    same $which "$name"
    if [ $which = 14 ]; then
        check "$name: put back for the next" back
        left >"$scratch/kept"
        same 15 "$name, afterwards"
    fi
    if left | diff "$scratch/kept" - >"$scratch/output"; then ok "$name: nothing is left"; else fail "$name: nothing is left" 'of it'; fi
    ended=$which
}

# --- Killed at lines of its journal ------------------------------------------------------------------

tried=0
# try LINE [--forward]
try() {
    local point=$1 way=${2:-} name step code
    name="killed at line $point${way:+, forward}"
    if ! killed "$point" go; then
        fail "$name" 'it was not killed'
        return
    fi
    step=$("$recover" resume --dry-run | sed -n 's/^would //p' | head -1)
    if [ "$point" != "$lines" ] && [ -z "$way" ]; then
        expect "$name: others are refused" 24 'did not come to its end' -- "$recover" backup
    fi
    json "$recover" resume $way
    code=$?
    cp "$scratch/errors" "$scratch/output"
    if [ $code = 0 ]; then ok "$name: resumed ($step)"; else fail "$name: resumed ($step)" "exit code $code"; fi
    ends "$name"
    case $way:$ended:$step in
    :14:*'tidy up'* | :14: | :15:* | --forward:14:*) ;;
    --forward:15:*'remove what was staged'*) ;;
    *) fail "$name: the way that was asked for" "it is at $ended after: $step" ;;
    esac
    case $point:$way:$step in
    # Killed at its first line it had no plan yet, and with it no TAG.
    1:*) ;;
    *::*'take everything back'* | *::*'remove what was staged'*)
        check "$name: its record has the TAG that runs" test "$("$recover" log --json |
            jq -r '[.data.operations[] | select(.verb == "resume")][-1].facts.tag')" = 2026.01.15 ;;
    esac
    tried=$((tried + 1))
}
case $steps in
1) points=$(seq "$lines") ;;
[0-9]*-*) points=$(seq "${steps%-*}" "$((${steps#*-} < lines ? ${steps#*-} : lines))") ;;
'') points=$(shuf -n 1 -i "1-$lines" --random-source=<(yes "${RECOVER_SEED:-$RANDOM}")) ;;
*) points='' ;;
esac
for point in $points; do
    try "$point"
    try "$point" --forward
done
count=$(echo $points | wc -w)
if [ -n "$points" ]; then
    check "each line was tried both ways: $tried of $((count * 2))" test "$tried" = $((count * 2))
    echo "measured: killed at $count of $lines lines, both ways: $(echo $points)"
fi

# --- Killed on the way back ----------------------------------------------------------------------------

# at STEP: the line of the journal at which a state begins.
at() { awk -v s="\"step\":\"$1\"" 'index($0, s) && index($0, "\"phase\":\"intent\"") { print NR; exit }' "$scratch/whole"; }
# way_back NAME FIRST COMMAND…: kills a run at each of its lines from FIRST on, after PREPARE, until one
# comes to its end.
way_back() {
    local name=$1 line=$2 prepare=$3 count=0
    shift 3
    while true; do
        $prepare
        killed "$line" "$@" || break
        check "$name, line $line: resumed" "$recover" resume
        ends "$name, line $line"
        count=$((count + 1))
        line=$((line + 1))
    done
    ends "$name, at its end"
    echo "measured: $name: killed at $count lines, the last was $((line - 1))"
    check "$name: it was killed: $count" test "$count" -gt 2
}
nothing() { :; }
gone() { killed "$(at smoke)" go || fail 'killed at smoke' 'it was not'; }
if [ "$steps" = way-back ] || [ "$steps" = 1 ]; then
    way_back 'a resume' 1 gone "$recover" resume
    echo unhealthy >mode/2026.01.14
    way_back 'after a gate' $(($(at health) + 1)) nothing go
    rm mode/2026.01.14
fi

# --- Others die while services are down ------------------------------------------------------------------

# amid NAME STEP COMMAND CODE…: a restore in which a command runs when a state begins, and the codes with
# which it may end.
amid() {
    local name=$1 step=$2 what=$3 began=$SECONDS
    shift 3
    LD_PRELOAD=$scratch/kill.so KILL_AT=$(at "$step") RUN_AT=$what go --json >"$scratch/json" 2>"$scratch/errors"
    code=$?
    cp "$scratch/errors" "$scratch/output"
    if [[ " $* " == *" $code "* ]]; then ok "$name: $code"; else fail "$name: $*" "exit code $code"; fi
    agree "$code" "$("$recover" log --json | jq -r '.data.operations[-1].result')" "$name"
    echo "measured: $name: $code after $((SECONDS - began)) s, $(jq -r '.errors[0].message // "no failure"' "$scratch/json" | cut -c1-160)"
}
case $steps in
'') states=$(shuf -n 1 -e quiesce safety-b swap tag start --random-source=<(yes "${RECOVER_SEED:-$RANDOM}")) ;;
1 | deaths) states='quiesce safety-b swap tag start' ;;
quiesce | safety-b | swap | tag | start) states=$steps ;;
*) states='' ;;
esac
for state in $states; do
    name="the engine dies at $state"
    amid "$name" "$state" "kill -9 $(daemon_pid)" 22
    check "$name: what to type is said" jq -e '.errors[0].next | contains("recover resume") and contains("start")' "$scratch/json"
    start_daemon
    check "$name: resumed" "$recover" resume
    ends "$name"

    # A Qdrant of the stack that died is started for the way back, and at once.
    name="the container of Qdrant dies at $state"
    amid "$name" "$state" "docker kill $(container vector) >/dev/null" 1 21
    ends "$name"

    # One that does not come back is waited for: only in the long form.
    [ -n "$steps" ] || continue
    name="Qdrant dies at $state"
    amid "$name" "$state" "kill -9 $server_pid" 1 21 22
    again
    if [ $code = 22 ]; then check "$name: resumed" "$recover" resume; fi
    # What was staged there could not be deleted without it; the next run does.
    check "$name: cleared away" "$recover" -q backup
    ends "$name"
done
finish
