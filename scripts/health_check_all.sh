#!/usr/bin/env bash
# The name that the runbooks give to the look after a deployment: every container and URL, each
# tried for 30 s; 1 where one fails.
#
#   scripts/health_check_all.sh [OPTION…]      options as of `recover health`
set -u
exec "${RECOVER:-recover}" health "$@"
