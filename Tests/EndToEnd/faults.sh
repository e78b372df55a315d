#!/usr/bin/env bash
# One table of injected faults: exit code, document, metrics, ping, card and status say the same.
. "$(dirname "$0")/support.sh"

# Mounts are its own; where none are possible the faults that need one are passed over.
if can_mount; then
    with_mounts python3 "$here/faults.py" "$recover" "$scratch" mounts >"$scratch/table" 2>&1
else
    python3 "$here/faults.py" "$recover" "$scratch" >"$scratch/table" 2>&1
fi
status=$?
cat "$scratch/table"
passed=$((passed + $(grep -c '^ok ' "$scratch/table")))
failed=$((failed + $(grep -c '^FAILED ' "$scratch/table")))
[ "$status" = 0 ] || { : >"$scratch/output"; fail 'the table came to its end' "it ended with $status"; }
[ "$passed" -ge 30 ] || fail 'the table has its thirty faults' "$passed"
finish
