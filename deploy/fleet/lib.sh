#!/usr/bin/env bash
# What the scripts of this folder share; to be sourced, not run.
#
# A piece (redis, cluster, es1, es3, s3) is one or more nodes. Each node has a
# folder run/PIECE/N with its data, its log and a file `start` that becomes its
# server in the foreground. So starting, killing and pausing are the same for
# all of them, and only set-up and readiness know what the server is. A node is
# its process group, and its pid file holds the time of its start too, so that
# nobody else's process is ever hit by a number used twice.

FLEET=${PROBITY_FLEET:-/var/tmp/probity-fleet}
RUN=$FLEET/run
PIECES=(redis cluster es1 es3 s3)

REDIS_PORT=${PROBITY_FLEET_REDIS_PORT:-26379}
CLUSTER_PORT=${PROBITY_FLEET_CLUSTER_PORT:-26401} # and the five after it
ES1_PORT=${PROBITY_FLEET_ES1_PORT:-29200}         # transport: 100 above
ES3_PORT=${PROBITY_FLEET_ES3_PORT:-29210}         # and the two after it; transport: 100 above
S3_PORT=${PROBITY_FLEET_S3_PORT:-27070}
S3_KEY=${PROBITY_FLEET_S3_KEY:-probity}
S3_SECRET=${PROBITY_FLEET_S3_SECRET:-probity-secret}
S3_BUCKET=${PROBITY_FLEET_S3_BUCKET:-probity}
export ES1_HEAP=${PROBITY_FLEET_ES1_HEAP:-512m}
export ES3_HEAP=${PROBITY_FLEET_ES3_HEAP:-384m} # a node

say() { printf 'fleet: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

usage() { # the comment at the head of the script that asks
  sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0" >&2
  exit 2
}

# count PIECE: how many nodes it has.
count() {
  case $1 in
    redis | es1 | s3) echo 1 ;;
    es3) echo 3 ;;
    cluster) echo 6 ;;
    *) die "no piece $1: there are ${PIECES[*]}" ;;
  esac
}

# port PIECE NODE: where it listens.
port() {
  case $1 in
    redis) echo "$REDIS_PORT" ;;
    cluster) echo $((CLUSTER_PORT + $2 - 1)) ;;
    es1) echo "$ES1_PORT" ;;
    es3) echo $((ES3_PORT + $2 - 1)) ;;
    s3) echo "$S3_PORT" ;;
  esac
}

# addresses PIECE: its nodes, comma separated, as the tests want them.
addresses() {
  local i all=''
  for ((i = 1; i <= $(count "$1"); i++)); do
    case $1 in
      es*) all+=,http://127.0.0.1:$(port "$1" "$i") ;;
      s3) all+=,http://$S3_KEY:$S3_SECRET@127.0.0.1:$S3_PORT/$S3_BUCKET ;;
      *) all+=,127.0.0.1:$(port "$1" "$i") ;;
    esac
  done
  echo "${all#,}"
}

# within SECONDS COMMAND...: repeats it until it succeeds.
within() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || return 1
    sleep 0.1
  done
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# need COMMAND PACKAGE...: installs the first of the packages that there is,
# without starting anything, when the command is missing.
need() {
  local command=$1 package
  shift
  command -v "$command" >/dev/null && return
  say "installing $1 for $command"
  as_root apt-get update -q >&2
  for package in "$@"; do
    as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
      apt-get install -yq --no-install-recommends "$package" >&2 && return
  done
  die "cannot install any of $*, and $command is missing"
}

# alone NAME COMMAND...: one at a time by that name, for what is made once a machine.
alone() {
  local name=$1
  shift
  mkdir -p "$FLEET"
  (flock 9 && "$@") 9>"$FLEET/$name.lock"
}

# --- nodes

node_dir() { echo "$RUN/$1/$2"; }

# began PID: when a process began, in the kernel's ticks; fails where there is none.
began() {
  local line fields
  line=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  line=${line##*) } # the name before it may hold blanks
  read -ra fields <<<"$line"
  [ "${fields[0]}" != Z ] || return 1
  echo "${fields[19]}"
}

# node_pid PIECE NODE: its process group; fails when it is down.
node_pid() {
  local pid start
  read -r pid start 2>/dev/null <"$(node_dir "$1" "$2")/pid" || return 1
  [ "$(began "$pid")" = "$start" ] || return 1
  echo "$pid"
}

node_start() { # PIECE NODE
  local dir pid
  dir=$(node_dir "$1" "$2")
  [ -e "$dir/start" ] || die "$1 was never set up: up.sh $1"
  node_pid "$1" "$2" >/dev/null && return
  if (exec 3<>"/dev/tcp/127.0.0.1/$(port "$1" "$2")") 2>/dev/null; then
    die "port $(port "$1" "$2") of $1 is taken by somebody else: choose another (lib.sh)"
  fi
  (cd "$dir" && exec setsid bash ./start >>out.log 2>&1 </dev/null) 9>&- &
  pid=$!
  echo "$pid $(began "$pid")" >"$dir/pid"
}

node_signal() { # PIECE NODE SIGNAL
  local pid
  pid=$(node_pid "$1" "$2") || return 0
  kill "-$3" -- "-$pid" 2>/dev/null || true
}

node_gone() { ! pgrep -g "$1" >/dev/null; }

# node_end PIECE NODE SIGNAL: and waits until the whole group is gone.
node_end() {
  local pid
  pid=$(node_pid "$1" "$2") || return 0
  kill -CONT -- "-$pid" 2>/dev/null || true
  kill "-$3" -- "-$pid" 2>/dev/null || true
  within 20 node_gone "$pid" || kill -KILL -- "-$pid" 2>/dev/null || true
  within 5 node_gone "$pid" || die "$1 $2 (process group $pid) does not end"
}

# --- pieces

# up PIECE: sets it up where it is not, starts what is down, waits until it answers.
up() {
  local i
  case $1 in redis | cluster) redis_setup "$1" ;; es*) es_setup "$1" ;; s3) s3_setup ;; esac
  for ((i = 1; i <= $(count "$1"); i++)); do node_start "$1" "$i"; done
  await "$1"
}

# await PIECE: until all its nodes serve.
await() {
  local ready
  case $1 in redis | cluster) ready=redis_ready ;; es*) ready=es_ready ;; s3) ready=s3_ready ;; esac
  within "${PROBITY_FLEET_PATIENCE:-480}" "$ready" "$1" || {
    tail -n 20 "$RUN/$1"/*/out.log >&2
    die "$1 does not answer"
  }
}

# down PIECE: ends it and forgets its data.
down() {
  local i
  for ((i = 1; i <= $(count "$1"); i++)); do node_end "$1" "$i" TERM & done
  wait
  rm -rf "${RUN:?}/$1"
}

# state PIECE NODE: up, paused or down.
state() {
  local pid
  pid=$(node_pid "$1" "$2") || { echo down; return; }
  case $(ps -o state= -p "$pid") in T*) echo paused ;; *) echo up ;; esac
}

# write_env PIECE...: the addresses of what is up, for the tests.
write_env() {
  {
    for piece in "$@"; do
      case $piece in
        redis) echo "export PROBITY_TEST_REDIS=$(addresses redis)" ;;
        cluster) echo "export PROBITY_TEST_REDIS_CLUSTER=$(addresses cluster)" ;;
        es1)
          echo "export PROBITY_TEST_ELASTICSEARCH=$(addresses es1)"
          echo "export PROBITY_TEST_ELASTICSEARCH_HOME=$ES_DIST" # to start one with TLS and users from
          ;;
        es3) echo "export PROBITY_TEST_ELASTICSEARCH_CLUSTER=$(addresses es3)" ;;
        s3)
          echo "export PROBITY_TEST_S3=$(addresses s3)"
          echo "export PROBITY_TEST_S3_SERVER=$S3_SERVER" # to start one with TLS
          ;;
      esac
    done
  } >"$FLEET/env.new"
  mv "$FLEET/env.new" "$FLEET/env"
}
