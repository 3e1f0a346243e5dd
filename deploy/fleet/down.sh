#!/usr/bin/env bash
# Ends the servers that up.sh started, and forgets their data; what was fetched stays.
#
#   down.sh [PIECE...]   all without an argument; the pieces are those of up.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=lib.sh
. "$here/lib.sh"

case ${1:-} in -*) usage ;; esac
[ $# -gt 0 ] || set -- "${PIECES[@]}"
running=()
for piece in "$@"; do
  count "$piece" >/dev/null
  down "$piece" &
done
wait
for piece in "${PIECES[@]}"; do [ "$(state "$piece" 1)" = down ] || running+=("$piece"); done
[ ! -e "$FLEET/env" ] || write_env "${running[@]}"
say "$* down"
