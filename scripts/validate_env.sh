#!/usr/bin/env bash
# The name that the runbooks give to the look before a deployment: PASS, WARN or FAIL for each
# check, 23 where one fails.
#
#   scripts/validate_env.sh [ENV_FILE] [OPTION…]      options as of `recover preflight`
set -u
if [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; then
    file=$1
    shift
    set -- --env-file "$file" "$@"
fi
exec "${RECOVER:-recover}" preflight "$@"
