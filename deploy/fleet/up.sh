#!/usr/bin/env bash
# Starts servers to test against, and prints their addresses.
#
#   up.sh [PIECE...]     all without an argument
#
#   redis    one Redis                                       26379
#   cluster  a Redis Cluster, three masters and replicas     26401-26406
#   es1      Elasticsearch of one node                       29200
#   es3      Elasticsearch of three                          29210-29212
#   s3       an S3 server with one bucket                    27070
#
# What runs already is left alone; what was killed goes on with its data. What
# is missing on the machine is installed with apt-get, Maven and go install.
# All lies under PROBITY_FLEET (/var/tmp/probity-fleet); ports, heaps and keys
# are settable (head of lib.sh). The addresses are in the file env there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=lib.sh
. "$here/lib.sh"
# shellcheck source=redis.sh
. "$here/redis.sh"
# shellcheck source=es.sh
. "$here/es.sh"
# shellcheck source=s3.sh
. "$here/s3.sh"

case ${1:-} in -*) usage ;; esac
[ $# -gt 0 ] || set -- "${PIECES[@]}"
for piece in "$@"; do count "$piece" >/dev/null; done
mkdir -p "$RUN"
need flock util-linux
need pgrep procps

begun=$SECONDS
declare -A job
for piece in "$@"; do
  (up "$piece") &
  job[$piece]=$!
done
failed=()
for piece in "$@"; do wait "${job[$piece]}" || failed+=("$piece"); done

running=()
for piece in "${PIECES[@]}"; do [ "$(state "$piece" 1)" = down ] || running+=("$piece"); done
write_env "${running[@]}"
[ ${#failed[@]} = 0 ] || die "not up: ${failed[*]}"
say "$* up after $((SECONDS - begun)) s; addresses in $FLEET/env"
cat "$FLEET/env"
