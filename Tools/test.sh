#!/usr/bin/env bash
# Runs `swift test` with the arguments given; what failed is said once more at the end, where it is seen.
set -uo pipefail
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
swift test "$@" 2>&1 | tee "$log"
status=$?
if [ "$status" -ne 0 ]; then
    printf '\nWhat failed:\n'
    grep -aE 'recorded an issue|Fatal error|error: ' "$log" | cut -c1-400 | head -n 20
    tail -n 1 "$log" | cut -c1-400
fi
exit "$status"
