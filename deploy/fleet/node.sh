#!/usr/bin/env bash
# Does something to a running piece of up.sh, or to one node of it (1 is the first).
#
#   node.sh kill PIECE [N]      kill -9; its data stay
#   node.sh stop PIECE [N]      an orderly end; its data stay
#   node.sh start PIECE [N]     starts what is down again on its data, and does not wait
#   node.sh pause PIECE [N]     SIGSTOP: it holds its connections and says nothing
#   node.sh resume PIECE [N]    SIGCONT
#   node.sh await PIECE         waits until every node serves again
#   node.sh status [PIECE]      a line for each node: piece, number, address, up | paused | down
#   node.sh roles               of the Redis Cluster: node, master | slave, state of its replication
#   node.sh env                 the addresses, as exports
#
# The pieces are those of up.sh. Without N: all nodes of the piece.
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

act() { # VERB PIECE NODE
  case $1 in
    kill) node_end "$2" "$3" KILL ;;
    stop) node_end "$2" "$3" TERM ;;
    start) node_start "$2" "$3" ;;
    pause) node_signal "$2" "$3" STOP ;;
    resume) node_signal "$2" "$3" CONT ;;
    status) echo "$2 $3 127.0.0.1:$(port "$2" "$3") $(state "$2" "$3")" ;;
  esac
}

each() { # VERB PIECE
  local i
  for ((i = 1; i <= $(count "$2"); i++)); do act "$1" "$2" "$i"; done
}

verb=${1:-}
case $verb in
  kill | stop | start | pause | resume)
    [ $# = 2 ] || [ $# = 3 ] || usage
    n=$(count "$2")
    case ${3:-1} in *[!0-9]* | 0) usage ;; esac
    [ "${3:-1}" -le "$n" ] || die "$2 has $n nodes"
    if [ $# = 3 ]; then act "$verb" "$2" "$3"; else each "$verb" "$2"; fi
    ;;
  await)
    [ $# = 2 ] || usage
    count "$2" >/dev/null
    await "$2"
    ;;
  status) for piece in "${@:2}"; do each status "$piece"; done
    [ $# -gt 1 ] || for piece in "${PIECES[@]}"; do each status "$piece"; done ;;
  roles) cluster_roles ;;
  env) cat "$FLEET/env" ;;
  *) usage ;;
esac
